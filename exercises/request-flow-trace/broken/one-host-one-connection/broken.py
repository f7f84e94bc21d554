"""A connection is kept by host alone, so https goes on over the connection of http.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server
import tracer


class ByHost(tracer.Visit):
    def _get(self, url):
        origin = tracer.origin_of(url)
        for known in list(self._connections):
            if known.host == origin.host:
                self._connections[origin] = self._connections.pop(known)
        return super()._get(url)


tracer.Visit = ByHost

server.main()
