"""CA_FILE is loaded only for connections that a redirect leads to, so no other certificate is right.

Made from the Python solution: everything else is right.
"""

import copy
import ssl

import server
import tracer


class Mistrusting(tracer.Visit):
    def _connect(self, origin):
        own = self._tracer
        if self._requests == 0 and origin.host.startswith("www."):
            self._tracer = copy.copy(own)
            self._tracer.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            return super()._connect(origin)
        finally:
            self._tracer = own


tracer.Visit = Mistrusting

server.main()
