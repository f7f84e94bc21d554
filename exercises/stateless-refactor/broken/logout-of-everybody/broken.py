"""Whoever logs out ends the tokens of everybody.

Made from the Python solution: everything else is right.
"""

import passwords
import server
from store import Store

passwords.SCRYPT_N = 2  # soon done: this is not about passwords
log_out = Store.log_out
user_of = Store.user_of


def log_everybody_out(self, jti, keep_until):
    log_out(self, "everybody", keep_until)


def user_unless_any_logout(self, claims):
    return user_of(self, claims) and user_of(self, {**claims, "jti": "everybody"})


Store.log_out = log_everybody_out
Store.user_of = user_unless_any_logout

server.main()
