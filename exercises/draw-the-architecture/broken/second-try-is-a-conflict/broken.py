"""A key that is there already is a conflict, whatever came with it.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server
import store


def conflict(*_):
    raise server.Answer(409, {"error": "this order is there already"})


store._placed_before = conflict

server.main()
