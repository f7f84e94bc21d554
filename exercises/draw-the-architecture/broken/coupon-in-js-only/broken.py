"""The server never looks at the coupon; the page takes it off what it shows.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server

read_order = server.read_order
server.read_order = lambda body: (read_order(body)[0], None)
server.main()
