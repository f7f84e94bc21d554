"""With If-Range everything is sent, also when it still holds.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import policy
import server

policy.is_same_for_range = lambda request, fields: "if-range" not in request

server.main()
