"""Only `/healthz` is there: nobody has added `/readyz`.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

del server.Handler.ROUTES["/readyz"]
server.main()
