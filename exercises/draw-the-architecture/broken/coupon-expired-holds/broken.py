"""Nobody looks at the day on which a coupon ends.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server
import store


def use_coupon(transaction, code):
    used = transaction.change(
        "UPDATE coupons SET uses_left = uses_left - 1 WHERE code = ? AND uses_left > 0", code
    )
    if not used:
        raise store.NoSuchCoupon(code)
    return transaction.rows("SELECT percent_off FROM coupons WHERE code = ?", code)[0][0]


store._use_coupon = use_coupon
server.main()
