"""Two hosts at the same address share a connection.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server
import tracer


class ByAddress(tracer.Visit):
    def _get(self, url):
        origin = tracer.origin_of(url)
        for known in list(self._connections):
            if (known.scheme, known.port) == (origin.scheme, origin.port) and self._are_one(known.host, origin.host):
                self._connections[origin] = self._connections.pop(known)
        return super()._get(url)

    def _are_one(self, one, other):
        find = self._tracer.resolver.addresses
        return set(find(one, self._hops)) == set(find(other, self._hops))


tracer.Visit = ByAddress

server.main()
