"""Tokens are signed with a key that each process makes up at start; JWT_SECRET is only looked at.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import secrets

import passwords
import server
import tokens

passwords.SCRYPT_N = 2  # soon done: this is not about passwords


class OwnKey(tokens.Tokens):
    def __init__(self, secret, issuer, audience, lifetime):
        super().__init__(secrets.token_bytes(32), issuer, audience, lifetime)


server.Tokens = OwnKey
server.main()
