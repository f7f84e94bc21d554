"""For a name that does not exist, the tracer connects to 0.0.0.0.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import resolver
import server
import tracer
from network import Failure


class Nowhere(resolver.Resolver):
    def addresses(self, name, hops, depth=0):
        try:
            return super().addresses(name, hops, depth)
        except Failure:
            return ["0.0.0.0"]


tracer.Resolver = Nowhere

server.main()
