"""One request to the origin at a time, whatever it is for.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import threading

import origin
import server

lock = threading.Lock()


class OneAtATime(origin.Origin):
    def fetch(self, *request):
        with lock:
            return super().fetch(*request)


server.Origin = OneAtATime
server.main()
