"""Whoever meets a busy database is turned away at once.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import time

import database
import server
import store

take = store._take


def take_slowly(transaction, item):
    time.sleep(0.05)
    return take(transaction, item)


database.PATIENCE_SECONDS = 0
store._take = take_slowly
server.main()
