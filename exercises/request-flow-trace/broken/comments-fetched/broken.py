"""What the page needs is found with a pattern, which finds what stands in a comment, too.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import re

import page
import server
import tracer

SCRIPT = re.compile(r'<script[^>]*src="([^"]+)"')


class Greedy(page.Page):
    def handle_comment(self, data):
        for reference in SCRIPT.findall(data):
            self._add("script", reference, "plain")


tracer.Page = Greedy

server.main()
