"""Whatever is fresh is stored and shared: nobody looks at private, no-store, or Set-Cookie.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import policy
import server

policy.may_store = lambda request, status, fields: status in policy.CACHEABLE
policy.lifetime = lambda fields, known=policy.lifetime: known(fields) or 60
server.main()
