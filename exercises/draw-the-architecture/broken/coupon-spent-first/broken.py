"""A coupon is used in a transaction of its own, before anybody knows whether the order can be had.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import threading

import server
import store

use_coupon = store._use_coupon
spent = threading.local()


class CouponFirst(store.Store):
    def place_order(self, customer, items, coupon, key):
        if coupon is not None:
            with self._database.writing() as transaction:
                spent.percent = use_coupon(transaction, coupon)
        return super().place_order(customer, items, coupon, key)


store.Store = CouponFirst
store._use_coupon = lambda transaction, code: spent.percent
server.main()
