"""A response of 500 is kept for a minute, because it says nothing about how long it holds.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import policy
import server

policy.CACHEABLE |= {500, 502, 503, 504}
policy.lifetime = lambda fields, known=policy.lifetime: (
    known(fields) if "cache-control" in fields else 60
)
server.main()
