"""Whoever has it already is told so by the origin, though the edge could compare.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server


class Handler(server.Handler):
    def get(self):
        request = self.request_fields()
        return self.forward(request, "fwd=miss") if "if-none-match" in request else super().get()


server.Handler = Handler


server.main()
