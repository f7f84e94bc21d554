"""The origin says that nothing has changed, and so does the edge, to a client that has nothing.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server


class Handler(server.Handler):
    def send_landed(self, flight, is_ours, request):
        if flight.was_unchanged:
            fields = flight.entry.fields.without({"content-length"})
            return self.send_head(304, fields, "fwd=stale; fwd-status=304")
        return super().send_landed(flight, is_ours, request)


server.Handler = Handler
server.main()
