"""Only `Bearer` counts, written exactly so: `bearer` is refused.

Made from the Python solution: everything else is right.
"""

import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

proper = server.Handler.authenticate


def authenticate(self):
    scheme = self.headers.get("Authorization", "").partition(" ")[0]
    if scheme.lower() == "bearer" and scheme != "Bearer":
        raise server.unauthorized("a token is required", "Bearer")
    return proper(self)


server.Handler.authenticate = authenticate

server.main()
