"""A response to a request with a password is stored like any other.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import policy
import server

policy.FOR_OTHERS = {"public", "s-maxage", "must-revalidate", "max-age"}
server.main()
