"""The keys are remembered by the instance that saw them.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import json
import threading

import server
import store

lock = threading.Lock()
known = {}  # customer and key -> the request, and the order


class InMemory(store.Store):
    def place_order(self, customer, items, coupon, key):
        if key is None:
            return super().place_order(customer, items, coupon, key)
        request = json.dumps([items, coupon])
        with lock:
            before = known.get((customer, key))
            if before and before[0] != request:
                raise store.KeyReused
            if before:
                return before[1]
            order = super().place_order(customer, items, coupon, None)
            known[customer, key] = (request, order)
        return order


store.Store = InMemory
server.main()
