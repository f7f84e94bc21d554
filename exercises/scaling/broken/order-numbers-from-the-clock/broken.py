"""An order number is the time in milliseconds, and several orders share one.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import time

import server
import store


class Milliseconds(store.Store):
    def place_order(self, user):
        return int(time.time() * 1000)


store.Store = Milliseconds
server.main()
