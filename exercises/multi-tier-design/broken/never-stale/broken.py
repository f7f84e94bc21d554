"""When the origin fails, so does the edge, although stale-if-error allows better.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import policy
import server

policy.may_serve_stale = lambda entry, staleness: False
server.main()
