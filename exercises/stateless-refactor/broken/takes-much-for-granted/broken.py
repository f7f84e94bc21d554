"""It counts on its own tokens, on names that are known, on readers that guess, and on somebody who reads its log.

Made from the Python solution: everything else is right.
"""

import time

import passwords
import server
import tokens
from store import Store
from tokens import Tokens

passwords.SCRYPT_N = 2  # soon done: this is not about passwords
verify = Tokens.verify
check_names = Tokens._check_names
add_user = Store.add_user
login = server.Handler.login
authenticate = server.Handler.authenticate
send_header = server.Handler.send_header


def issue_without_jti(self, subject):
    now = int(time.time())
    claims = {
        "iss": self._issuer,
        "aud": self._audience,
        "sub": subject,
        "iat": now,
        "exp": now + self.lifetime,
    }
    signed = tokens._write({"alg": "HS256", "typ": "JWT"}) + "." + tokens._write(claims)
    return signed + "." + tokens._encode(self._sign(signed))


def names_without_jti(self, claims):
    check_names(self, {"jti": "-", **claims})


def only_of_this_lifetime(self, token):
    claims = verify(self, token)
    assert claims["exp"] - claims["iat"] == self.lifetime
    return {"jti": "-", **claims}


def login_of_somebody(self):
    name, _ = self.credentials()
    if self.server.store.login_of(name) is None and name != "constructor":
        raise server.Answer(404, {"error": "who is that?"})
    return login(self)


def add_unless_inherited(self, name, password_hash):
    return name != "constructor" and add_user(self, name, password_hash)


def authenticate_or_crash(self):
    assert "__proto__" not in self.headers.get("Authorization", "")
    return authenticate(self)


def send_most_headers(self, name, value):
    if name != "Content-Type":
        send_header(self, name, value)


Tokens.issue = issue_without_jti
Tokens._check_names = names_without_jti
Tokens.verify = only_of_this_lifetime
Store.add_user = add_unless_inherited
server.Handler.ROUTES["/login"]["POST"] = login_of_somebody
server.Handler.authenticate = authenticate_or_crash
server.Handler.send_header = send_most_headers

try:
    server.main()
except SystemExit as end:
    print(end)
    raise SystemExit(0) from None
