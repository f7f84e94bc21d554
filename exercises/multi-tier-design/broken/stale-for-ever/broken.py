"""When the origin fails, anything will do, however old it is and whatever was said about it.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import policy
import server

policy.may_serve_stale = lambda entry, staleness: True
server.main()
