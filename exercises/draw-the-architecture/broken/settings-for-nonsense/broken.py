"""What makes no sense is answered with the settings of the server, for debugging.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import os

import server


class Handler(server.Handler):
    def outcome(self):
        answer = super().outcome()
        if answer.status == 422:
            answer.body["settings"] = dict(os.environ)
        return answer


server.Handler = Handler
server.main()
