"""A quantity only has to be a whole number: -1 gives money back.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import orders
import server
import store


def read_item(item):
    if not isinstance(item, dict) or not isinstance(item.get("qty"), int):
        raise orders.Invalid("each item needs a sku and a qty")
    return store.Item(str(item.get("sku")), item["qty"])


orders._read_item = read_item
server.main()
