"""Each process keeps every item it has read, and only its own writes refresh that.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server
import store

cache = {}


class Cached(store.Store):
    def item(self, item_id):
        if cache.get(item_id) is None:
            cache[item_id] = super().item(item_id)
        return cache[item_id]

    def write_item(self, item_id, value, user):
        cache.pop(item_id, None)
        return super().write_item(item_id, value, user)


store.Store = Cached
server.main()
