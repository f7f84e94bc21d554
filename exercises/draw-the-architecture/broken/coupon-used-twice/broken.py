"""What is left of a coupon is read first and written later.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import threading
import time

import server
import store

seen = threading.local()


class ReadThenWrite(store.Store):
    def place_order(self, customer, items, coupon, key):
        if coupon is not None:
            seen.coupon = self._database.rows(
                "SELECT percent_off, uses_left FROM coupons WHERE code = ? AND expires_at > ?",
                coupon,
                int(time.time()),
            )
            time.sleep(0.02)
        return super().place_order(customer, items, coupon, key)


def use_coupon(transaction, code):
    if not seen.coupon or seen.coupon[0][1] < 1:
        raise store.NoSuchCoupon(code)
    percent, left = seen.coupon[0]
    transaction.change("UPDATE coupons SET uses_left = ? WHERE code = ?", left - 1, code)
    return percent


store.Store = ReadThenWrite
store._use_coupon = use_coupon
server.main()
