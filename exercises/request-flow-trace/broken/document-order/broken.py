"""Everything is rendered in the order in which it stands in the document.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import page
import server
import tracer


class AsWritten(page.Page):
    def render(self, loaded):
        for resource in self.resources:
            if resource.url in loaded:
                yield resource.kind, resource.url
        for event in ("parsed", "paint", "load"):
            yield event, self.url


tracer.Page = AsWritten

server.main()
