"""After SIGTERM the listener closes at once, before any balancer can have heard of it.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import drain
import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

drain.GRACE_SECONDS = 0
server.main()
