"""A token is a key into the memory of the process that gave it out.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import secrets

import server
import tokens

users = {}


class Sessions(tokens.Tokens):
    def issue(self, subject):
        token = secrets.token_urlsafe(24)
        users[token] = subject
        return token

    def verify(self, token):
        if token not in users:
            raise tokens.Refused("unknown")
        return {"sub": users[token]}


server.Tokens = Sessions
server.main()
