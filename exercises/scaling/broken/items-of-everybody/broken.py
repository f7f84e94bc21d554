"""Whoever has a token may write to any item.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server
import store


class NoOwner(store.Store):
    def write_item(self, item_id, value, user):
        with self._database.writing() as transaction:
            transaction.change(
                "INSERT INTO items (id, value, owner) VALUES (?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET value = excluded.value, owner = excluded.owner",
                item_id,
                value,
                user,
            )
        return True


store.Store = NoOwner
server.main()
