"""Every file is fetched over a connection of its own.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server
import tracer


class Wasteful(tracer.Visit):
    def _get(self, url):
        response = super()._get(url)
        self.close()
        self._connections.clear()
        return response


tracer.Visit = Wasteful

server.main()
