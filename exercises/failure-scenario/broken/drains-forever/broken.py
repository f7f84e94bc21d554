"""A drain waits for every request, however long it takes.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import drain
import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords


class Patient(drain.Drain):
    def finish(self):
        with self._changed:
            self._changed.wait_for(lambda: self._in_flight == 0)


server.Drain = Patient
server.main()
