"""A token in the URL, after `token=`, is as good as one in the header.

Made from the Python solution: everything else is right.
"""

from urllib.parse import parse_qs

import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

proper = server.Handler.authenticate


def authenticate(self):
    for token in parse_qs(self.path.partition("?")[2]).get("token", []):
        self.headers["Authorization"] = "Bearer " + token
    return proper(self)


server.Handler.authenticate = authenticate

server.main()
