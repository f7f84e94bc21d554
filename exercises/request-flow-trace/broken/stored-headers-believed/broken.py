"""At a hit, the path is read from headers that were stored along with the page.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import connection
import server

connection.is_hit = lambda response: False

server.main()
