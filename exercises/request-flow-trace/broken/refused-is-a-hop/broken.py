"""The hop of a connection is written before it is made, also when it is refused.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import connection
import server
import tracer


class Hopeful(connection.Connection):
    def _connect(self, network, addresses, port):
        for address in addresses:
            try:
                return super()._connect(network, [address], port)
            except connection.Failure as error:
                self._hops.append({"tcp": {"ip": address, "port": port, "conn": self.number}})
                failure = error
        raise failure


tracer.Connection = Hopeful

server.main()
