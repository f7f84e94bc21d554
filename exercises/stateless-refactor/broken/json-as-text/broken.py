"""JSON is sent as plain text.

Made from the Python solution: everything else is right.
"""

import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

proper = server.Handler.send_header


def send_header(self, name, value):
    proper(self, name, "text/plain; charset=utf-8" if name == "Content-Type" else value)


server.Handler.send_header = send_header

server.main()
