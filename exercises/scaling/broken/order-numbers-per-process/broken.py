"""Each process counts its orders by itself, from 1001 on.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import itertools

import server
import store

numbers = itertools.count(1001)


class OwnNumbers(store.Store):
    def place_order(self, user):
        return next(numbers)


store.Store = OwnNumbers
server.main()
