"""If-None-Match is not looked at: the client gets again what it has.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import policy
import server

policy.is_unchanged = lambda request, fields: False
server.main()
