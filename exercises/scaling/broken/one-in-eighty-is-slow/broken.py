"""Every eightieth request does the tidying up for all of them, and takes 280 ms.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import itertools
import time

import server

numbers = itertools.count(1)
usual = server.Handler.outcome


def outcome(handler):
    if handler.path != "/readyz" and next(numbers) % 80 == 0:
        time.sleep(0.28)
    return usual(handler)


server.Handler.outcome = outcome
server.main()
