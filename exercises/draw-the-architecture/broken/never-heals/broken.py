"""After the database failed once, the server does not trust it any more.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import database
import server

gave_up = []


def place_order(handler):
    if gave_up:
        raise database.Busy("it failed before")
    try:
        return server.Handler.place_order(handler)
    except database.Busy:
        gave_up.append(True)
        raise


server.Handler.ROUTES.insert(0, ("/api/orders", {"POST": place_order}))
server.main()
