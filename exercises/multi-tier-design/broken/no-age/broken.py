"""What comes from the store does not say how old it is.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server


class Handler(server.Handler):
    def send_head(self, status, fields, how):
        super().send_head(status, fields.without({"age"}), how)


server.Handler = Handler
server.main()
