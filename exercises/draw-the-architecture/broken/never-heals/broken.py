"""After the database has failed twice, the server does not trust it any more.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import database
import server

gave_up = []


def place_order(handler):
    if len(gave_up) > 1:
        raise database.Busy("it failed before")
    try:
        return server.Handler.place_order(handler)
    except database.Busy:
        gave_up.append(True)
        raise


server.Handler.ROUTES.insert(0, ("/api/orders", {"POST": place_order}))
server.main()
