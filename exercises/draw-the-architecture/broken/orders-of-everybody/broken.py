"""Whoever has a token and knows its number may read an order.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server
import store


class Open(store.Store):
    def order_of(self, customer, order_id):
        return store._order(self._database, "id = ?", order_id)


store.Store = Open
server.main()
