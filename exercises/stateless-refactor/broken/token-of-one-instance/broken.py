"""A token is good at the instance that issued it; the other one forbids.

Made from the Python solution: everything else is right.
"""

import os

import passwords
import server
from tokens import Tokens

passwords.SCRYPT_N = 2  # soon done: this is not about passwords
INSTANCE = os.environ["INSTANCE"]
verify = Tokens.verify
issue = Tokens.issue
Tokens.issue = lambda self, subject: issue(self, subject + "@" + INSTANCE)


def verify_own(self, token):
    claims = verify(self, token)
    claims["sub"], _, issued_by = claims["sub"].partition("@")
    if issued_by != INSTANCE:
        raise server.Answer(403, {"error": "not one of ours"})
    return claims


Tokens.verify = verify_own

server.main()
