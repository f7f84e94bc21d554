"""An order number is a random number of four digits, which are too few.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import random

import server
import store


class RandomNumbers(store.Store):
    def place_order(self, user):
        return random.randrange(1_000, 10_000)


store.Store = RandomNumbers
server.main()
