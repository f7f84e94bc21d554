"""The server drains, and then waits for a thread that has no end.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import threading

import drain
import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords


class Endless(drain.Drain):
    def finish(self):
        super().finish()
        threading.Event().wait()


server.Drain = Endless
server.main()
