"""Before each answer it looks whether the origin is there; if not, it says so.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import os
import socket
from urllib.parse import urlsplit

import server

ORIGIN = urlsplit(os.environ["ORIGIN_URL"])


class Handler(server.Handler):
    def get(self):
        try:
            socket.create_connection((ORIGIN.hostname, ORIGIN.port), timeout=1).close()
        except OSError:
            return self.send_short(502, "the origin is not there\n", how="fwd=miss")
        return super().get()


server.Handler = Handler
server.main()
