"""What is stored is never asked about again.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import policy
import server

lifetime = policy.lifetime
policy.lifetime = lambda fields: 10**9 if lifetime(fields) else 0
server.main()
