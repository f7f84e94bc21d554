"""An order that makes no sense is answered as if there were too few left.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import orders
import server
import store

read_item = orders._read_item


def read_or_sold_out(item):
    try:
        return read_item(item)
    except orders.Invalid:
        raise store.OutOfStock from None


orders._read_item = read_or_sold_out

server.main()
