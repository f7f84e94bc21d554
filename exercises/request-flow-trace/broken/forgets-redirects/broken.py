"""Redirects are followed, and left out of the report.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server
import tracer


class Forgetful(tracer.Tracer):
    def trace(self, url, hops):
        page = super().trace(url, hops)
        hops[:] = [hop for hop in hops if hop.get("http", {}).get("status") not in (301, 302)]
        return page


server.Tracer = Forgetful

server.main()
