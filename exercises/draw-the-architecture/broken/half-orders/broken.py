"""Each product is ordered in a transaction of its own: when the second one is sold out, the first one is gone.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server
import store


class OneByOne(store.Store):
    def place_order(self, customer, items, coupon, key):
        if len(items) == 1 or key is not None:
            return super().place_order(customer, items, coupon, key)
        parts = [super(OneByOne, self).place_order(customer, [i], coupon, key) for i in items]
        lines = [line for part in parts for line in part.lines]
        total = sum(part.total_cents for part in parts)
        with self._database.writing() as transaction:
            self._join(transaction, parts[0].id, lines, total)
        return store.Order(parts[0].id, total, lines)

    def _join(self, transaction, order_id, lines, total):
        transaction.change("UPDATE orders SET total_cents = ? WHERE id = ?", total, order_id)
        for place, line in list(enumerate(lines))[1:]:
            transaction.change(
                "INSERT INTO order_lines (order_id, place, sku, qty, unit_price_cents)"
                " VALUES (?, ?, ?, ?, ?)",
                order_id,
                place,
                *line,
            )


store.Store = OneByOne
server.main()
