"""When the database fails, the answer says which one it was.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import os

import server


class Handler(server.Handler):
    def outcome(self):
        answer = super().outcome()
        if answer.status >= 500:
            answer.body["database"] = os.environ["DATABASE_URL"]
        return answer


server.Handler = Handler
server.main()
