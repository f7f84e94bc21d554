"""A request that is in flight at the deadline keeps the process from ending, for ever.

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
        if self._in_flight:
            threading.Event().wait()


server.Drain = Endless
server.main()
