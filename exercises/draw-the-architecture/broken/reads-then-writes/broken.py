"""The stock is read first and written later, less what was sold.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import threading

import server
import store

seen = threading.local()


class ReadThenWrite(store.Store):
    def place_order(self, customer, items, coupon, key):
        stock = {sku: left for sku, _, _, left in self.products()}
        seen.stock = {item.sku: stock.get(item.sku) for item in items}
        return super().place_order(customer, items, coupon, key)


def take(transaction, item):
    left = seen.stock[item.sku]
    if left is None:
        raise store.UnknownSku(item.sku)
    if left < item.qty:
        raise store.OutOfStock(item.sku)
    transaction.change("UPDATE products SET stock = ? WHERE sku = ?", left - item.qty, item.sku)
    ((price,),) = transaction.rows("SELECT price_cents FROM products WHERE sku = ?", item.sku)
    return store.Line(item.sku, item.qty, price)


store.Store = ReadThenWrite
store._take = take
server.main()
