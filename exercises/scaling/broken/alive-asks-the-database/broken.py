"""`/healthz` writes to the database, so that a stalled database looks like a dead process.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server


def health(handler):
    with handler.server.store._database.writing() as transaction:
        transaction.change("UPDATE counters SET value = value WHERE name = 'orders'")
    return server.Answer(200, {"status": "alive"})


server.Handler.ROUTES[1][1]["GET"] = health
server.main()
