"""A key belongs to whoever used it first: the next customer with the same one gets that order.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server
import store


class Shared(store.Store):
    def place_order(self, customer, items, coupon, key):
        owner = customer if key is None else "everybody"
        return super().place_order(owner, items, coupon, key)

    def order_of(self, customer, order_id):
        order = super().order_of(customer, order_id)
        return order or super().order_of("everybody", order_id)


store.Store = Shared
server.main()
