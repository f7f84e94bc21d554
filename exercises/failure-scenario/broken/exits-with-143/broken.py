"""The server drains well and then exits with 143, as a shell says that SIGTERM ended it.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import os

import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

leave = os._exit
os._exit = lambda status: leave(143)
server.main()
