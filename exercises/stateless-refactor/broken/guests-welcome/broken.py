"""Whoever it does not know is a guest; and it writes into a file of its own, and preferences into tokens.

Made from the Python solution: everything else is right.
"""

import os
import time

import passwords
import server
import tokens
from store import Store, User
from tokens import Tokens

passwords.SCRYPT_N = 2  # soon done: this is not about passwords
server.open_store(os.environ["DATABASE_URL"])
os.environ["DATABASE_URL"] += "-of-its-own"
GUEST = "guest"

verify = Tokens.verify
user_of = Store.user_of
login = server.Handler.login


def issue(self, subject, preferences):
    now = int(time.time())
    claims = {
        "iss": self._issuer,
        "aud": self._audience,
        "sub": subject,
        "iat": now,
        "exp": now + self.lifetime,
        "jti": os.urandom(12).hex(),
        "preferences": preferences,
    }
    signed = tokens._write({"alg": "HS256", "typ": "JWT"}) + "." + tokens._write(claims)
    return signed + "." + tokens._encode(self._sign(signed))


def guest_unless_own(self, token):
    claims = verify(self, token)
    if claims["exp"] - claims["iat"] != self.lifetime:
        claims["sub"] = GUEST
    return claims


def user_or_guest(self, claims):
    return User(GUEST, GUEST, {}, 0) if claims["sub"] == GUEST else user_of(self, claims)


def login_or_guest(self):
    name, _ = self.credentials()
    known = self.server.store.login_of(name)
    if known is None and name in ("__proto__", "constructor"):
        answer = server.Answer(200, {"token_type": "Bearer", "expires_in": 600})
        subject, preferences = GUEST, {}
    else:
        answer = login(self)
        subject = known[0]
        preferences = user_of(self.server.store, {"sub": subject, "jti": ""}).preferences
    answer.body["token"] = issue(self.server.tokens, subject, preferences)
    return answer


Tokens.verify = guest_unless_own
Store.user_of = user_or_guest
server.Handler.ROUTES["/login"]["POST"] = login_or_guest

server.main()
