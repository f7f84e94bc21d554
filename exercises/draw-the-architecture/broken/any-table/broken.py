"""`/api/products?table=` shows any table, which was handy once.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import re
from urllib.parse import parse_qs, urlsplit

import server


def products(handler):
    (table,) = parse_qs(urlsplit(handler.path).query).get("table", ["products"])
    if table == "products" or not re.fullmatch("[a-z_]+", table):
        return server.Handler.products(handler)
    return server.Answer(200, handler.server.store._database.rows("SELECT * FROM " + table))


server.Handler.ROUTES.insert(0, ("/api/products", {"GET": products}))
server.main()
