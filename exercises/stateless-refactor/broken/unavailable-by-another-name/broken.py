"""Whoever names it by another address than its own is told that it is unavailable.

Made from the Python solution: everything else is right.
"""

import os

import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords
read_body = server.Handler.read_body


def read_body_for_its_own_name(self):
    body = read_body(self)
    if not self.headers.get("Host", "").endswith(":" + os.environ["PORT"]):
        raise server.Answer(503, {"error": "unavailable"})
    return body


server.Handler.read_body = read_body_for_its_own_name

server.main()
