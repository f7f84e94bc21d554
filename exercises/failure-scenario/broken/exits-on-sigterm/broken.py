"""SIGTERM ends the process at once, with status 0 and without finishing anything.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import os

import drain
import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords


class NoDrain(drain.Drain):
    def start(self, stop_accepting):
        os._exit(0)


server.Drain = NoDrain
server.main()
