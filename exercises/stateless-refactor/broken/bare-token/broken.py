"""A token without a word before it is accepted.

Made from the Python solution: everything else is right.
"""

import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

proper = server.Handler.authenticate


def authenticate(self):
    value = self.headers.get("Authorization", "")
    if value and " " not in value:
        self.headers.replace_header("Authorization", "Bearer " + value)
    return proper(self)


server.Handler.authenticate = authenticate

server.main()
