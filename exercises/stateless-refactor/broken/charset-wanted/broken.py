"""JSON without a charset in its Content-Type is refused.

Made from the Python solution: everything else is right.
"""

import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

read_body = server.Handler.read_body


def read_body_with_charset(self):
    body = read_body(self)
    if body and "charset" not in self.headers.get("Content-Type", ""):
        raise server.Answer(415, {"error": "which charset?"})
    return body


server.Handler.read_body = read_body_with_charset

server.main()
