"""The report has a connection to the database in it, which nobody outside can see.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server
import tracer


class Inventive(tracer.Tracer):
    def trace(self, url, hops):
        page = super().trace(url, hops)
        hops.append({"tcp": {"ip": "203.0.113.54", "port": 5432, "conn": "db"}})
        return page


server.Tracer = Inventive

server.main()
