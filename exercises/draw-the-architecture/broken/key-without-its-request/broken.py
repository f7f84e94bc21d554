"""The same key with another order is answered with the first one.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server
import store


def placed_before(transaction, customer, key, request):
    return store._order(transaction, "customer = ? AND key = ?", customer, key)


store._placed_before = placed_before
server.main()
