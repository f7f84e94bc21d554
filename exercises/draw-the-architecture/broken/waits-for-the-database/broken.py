"""An order waits for the database as long as it takes.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import database
import server

database.PATIENCE_SECONDS = 60
server.main()
