"""Only the first instance can write, and a cookie that it does not know ends in an error.

Made from the Python solution: everything else is right.
"""

import os

import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords
read_body = server.Handler.read_body


def read_body_or_crash(self):
    body = read_body(self)
    assert "Cookie" not in self.headers
    assert self.command != "PUT" or os.environ["INSTANCE"] == "a"
    return body


server.Handler.read_body = read_body_or_crash

server.main()
