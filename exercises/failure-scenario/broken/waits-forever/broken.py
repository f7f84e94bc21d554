"""A write waits for the database for a minute and holds its client for as long.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import database
import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

database.PATIENCE_SECONDS = 60
server.main()
