"""What the page has on another host is left out.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

from urllib.parse import urlsplit

import page
import server
import tracer


class Inward(page.Page):
    def _add(self, kind, reference, mode=None):
        if not urlsplit(reference or "").netloc:
            super()._add(kind, reference, mode)


tracer.Page = Inward

server.main()
