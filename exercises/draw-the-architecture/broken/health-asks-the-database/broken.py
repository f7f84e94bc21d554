"""`/healthz` writes to the database, to be sure that all is well.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server


def health(handler):
    with handler.server.store._database.writing() as transaction:
        transaction.change("DELETE FROM orders WHERE id = 'nobody'")
    return server.Handler.health(handler)


server.Handler.ROUTES.insert(0, ("/healthz", {"GET": health}))
server.main()
