"""An order with a key that the contract does not know is refused.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import json

import orders
import server

read_order = server.read_order


def read_known(body):
    items, coupon = read_order(body)
    order = json.loads(body)
    for table, known in [(order, {"items", "coupon"}), *((i, {"sku", "qty"}) for i in order["items"])]:
        if set(table) - known:
            raise orders.Invalid("there is a key that nobody knows")
    return items, coupon


server.read_order = read_known

server.main()
