"""Of several addresses, only the first is ever tried.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import connection
import server
import tracer


class Stubborn(connection.Connection):
    def _connect(self, network, addresses, port):
        return super()._connect(network, addresses[:1], port)


tracer.Connection = Stubborn

server.main()
