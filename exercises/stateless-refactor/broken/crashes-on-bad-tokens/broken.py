"""What is wrong with a token is told by a crash, or by 400; only what is no token at all is 401.

Made from the Python solution: everything else is right.
"""

import passwords
import server
from store import Store
from tokens import Refused, Tokens

passwords.SCRYPT_N = 2  # soon done: this is not about passwords
verify = Tokens.verify
authenticate = server.Handler.authenticate
user_of = Store.user_of
unauthorized = server.unauthorized


def crashing_verify(self, token):
    try:
        return verify(self, token)
    except Refused as reason:
        if str(reason) == "the signature is wrong":
            raise server.Answer(400, {"error": "bad token"}) from None
        if str(reason) != "not three parts":
            raise RuntimeError(reason) from None
        raise


def two_words(self):
    for value in self.headers.get_all("Authorization", []):
        _scheme, _token = value.split(" ", 1)
    return authenticate(self)


def user_or_crash(self, claims):
    user = user_of(self, claims)
    if user is None:
        raise RuntimeError("logged out")
    return user


Tokens.verify = crashing_verify
Store.user_of = user_or_crash
server.Handler.authenticate = two_words
server.unauthorized = lambda error, _: unauthorized(error, "Bearer")

server.main()
