"""Every second, everything stands still for a third of it: a cleanup that holds a lock.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import threading
import time

import server

tidying = threading.Lock()
usual = server.Handler.outcome


def outcome(handler):
    with tidying:
        pass
    return usual(handler)


def tidy_up():
    while True:
        time.sleep(0.7)
        with tidying:
            time.sleep(0.35)


threading.Thread(target=tidy_up, daemon=True).start()
server.Handler.outcome = outcome
server.main()
