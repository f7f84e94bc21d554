"""Nothing is remembered: every name is asked for again in every trace.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import resolver
import server
import tracer


class Forgetful(resolver.Resolver):
    def _from_cache(self, name, hops):
        return None


tracer.Resolver = Forgetful

server.main()
