"""An alias is not followed: `www` is taken to be on the same machine as the rest of the site.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import resolver
import server
import tracer


class SameMachine(resolver.Resolver):
    def addresses(self, name, hops, depth=0):
        return super().addresses(name.removeprefix("www."), hops, depth)


tracer.Resolver = SameMachine

server.main()
