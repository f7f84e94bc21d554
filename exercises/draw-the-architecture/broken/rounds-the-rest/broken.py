"""What is left after the discount is rounded down, instead of the discount.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server
import store

use_coupon = store._use_coupon


class Percent(int):
    """`total - total * percent // 100` with the rest rounded down, so the discount is rounded up."""

    def __rmul__(self, total):
        return -(-total * int(self) // 100) * 100


store._use_coupon = lambda transaction, code: Percent(use_coupon(transaction, code))

server.main()
