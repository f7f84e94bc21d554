"""The first paint waits for nothing.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import page
import server
import tracer


class Hasty(page.Page):
    def render(self, loaded):
        yield "paint", self.url
        yield from (event for event in super().render(loaded) if event[0] != "paint")


tracer.Page = Hasty

server.main()
