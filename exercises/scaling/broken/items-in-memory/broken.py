"""Items are in the memory of the process that took them.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server
import store

items = {}


class InMemory(store.Store):
    def item(self, item_id):
        return items.get(item_id)

    def write_item(self, item_id, value, user):
        if item_id in items and items[item_id].owner != user:
            return False
        items[item_id] = store.Item(item_id, value, user)
        return True


store.Store = InMemory
server.main()
