"""The order of somebody else is forbidden, so a stranger hears that it exists.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server
import store


class Telling(store.Store):
    def order_of(self, customer, order_id):
        order = super().order_of(customer, order_id)
        if order is None and store._order(self._database, "id = ?", order_id):
            raise server.Answer(403, {"error": "this is not yours"})
        return order


store.Store = Telling

server.main()
