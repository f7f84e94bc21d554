"""Whoever wants a part gets it from the origin, though the whole is in the store.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server


class Handler(server.Handler):
    def get(self):
        request = self.request_fields()
        return self.forward(request, "fwd=miss") if "range" in request else super().get()


server.Handler = Handler


server.main()
