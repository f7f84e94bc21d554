"""A quantity is made a number, whatever it is: "2" is two, and 1.5 is one.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import orders
import server
import store


def read_item(item):
    try:
        qty = int(item["qty"])
    except (KeyError, TypeError, ValueError):
        raise orders.Invalid("each item needs a qty") from None
    if not 1 <= qty <= orders.LARGEST_QTY:
        raise orders.Invalid("qty is out of range")
    return store.Item(str(item.get("sku")), qty)


orders._read_item = read_item
server.main()
