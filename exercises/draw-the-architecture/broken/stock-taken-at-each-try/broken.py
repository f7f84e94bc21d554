"""A key that came before gets its first answer, and products are taken from the stock all the same.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import json

import server
import store

placed_before = store._placed_before


def placed_before_and_taken(transaction, customer, key, request):
    order = placed_before(transaction, customer, key, request)
    for item in json.loads(request)[0]:
        store._take(transaction, store.Item(*item))
    return order


store._placed_before = placed_before_and_taken
server.main()
