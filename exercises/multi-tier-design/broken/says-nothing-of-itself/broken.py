"""It never says what it did with a request: there is no Cache-Status.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server


class Handler(server.Handler):
    def send_head(self, status, fields, how):
        super().send_head(status, fields, "")


server.Handler = Handler


server.main()
