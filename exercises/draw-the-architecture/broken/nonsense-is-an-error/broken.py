"""A quantity that makes no sense is calculated with until something breaks.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import orders
import server

read_item = orders._read_item


def read_or_break(item):
    try:
        return read_item(item)
    except orders.Invalid as invalid:
        raise ArithmeticError(invalid) from None


orders._read_item = read_or_break

server.main()
