"""`Age` and `Cache-Status` are not reported.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import connection
import server
import tracer


class Incurious(connection.Connection):
    def _hop(self, url, response):
        return {**super()._hop(url, response), "age": None, "cache_status": None}


tracer.Connection = Incurious

server.main()
