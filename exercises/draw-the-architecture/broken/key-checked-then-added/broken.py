"""The key is looked up first and stored after the order: two tries at once both find nothing.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import json

import server
import store

TABLE = "CREATE TABLE IF NOT EXISTS known (key TEXT, order_id TEXT, request TEXT);"


class CheckThenAdd(store.Store):
    def place_order(self, customer, items, coupon, key):
        if key is None:
            return super().place_order(customer, items, coupon, key)
        key, request = customer + key, json.dumps([items, coupon])
        known = self._database.rows("SELECT order_id, request FROM known WHERE key = ?", key)
        if known and known[0][1] != request:
            raise store.KeyReused
        if known:
            return self.order_of(customer, known[0][0])
        order = super().place_order(customer, items, coupon, None)
        with self._database.writing() as transaction:
            transaction.change("INSERT INTO known VALUES (?, ?, ?)", key, order.id, request)
        return order


store.SCHEMA += TABLE
store.Store = CheckThenAdd
server.main()
