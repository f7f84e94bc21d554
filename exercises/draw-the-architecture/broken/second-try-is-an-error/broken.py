"""A key that is there already is a row too many, and an error.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server
import store


def too_many(*_):
    raise RuntimeError("UNIQUE constraint failed: orders.customer, orders.key")


store._placed_before = too_many

server.main()
