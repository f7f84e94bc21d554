"""An instance finds only the orders that it has placed itself.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server
import store

mine = set()


class Mine(store.Store):
    def place_order(self, customer, items, coupon, key):
        order = super().place_order(customer, items, coupon, key)
        mine.add(order.id)
        return order

    def order_of(self, customer, order_id):
        return super().order_of(customer, order_id) if order_id in mine else None


store.Store = Mine
server.main()
