"""Only the first server of each zone is ever asked.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import resolver
import server
import tracer


class FirstOnly(resolver.Resolver):
    def _learn_zone(self, reply, parent, zone):
        super()._learn_zone(reply, parent, zone)
        known = self._zones[zone]
        self._zones[zone] = known._replace(servers=known.servers[:1])


tracer.Resolver = FirstOnly

server.main()
