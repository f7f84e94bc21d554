"""A part that was asked for on an empty cache is stored as the whole.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import flight
import policy
import server

flight.RANGES = set()
policy.CACHEABLE.add(206)
server.main()
