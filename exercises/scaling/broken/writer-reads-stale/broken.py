"""Each process keeps what it has read for 0.9 s, also from the one who wrote it.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import time

import server
import store

cache = {}


class Cached(store.Store):
    def item(self, item_id):
        item, until = cache.get(item_id, (None, 0))
        if time.monotonic() > until:
            item = super().item(item_id)
            cache[item_id] = (item, time.monotonic() + 0.9)
        return item

    def write_item(self, item_id, value, user):
        written = super().write_item(item_id, value, user)
        cache.pop(item_id, None)
        return written


store.Store = Cached
server.main()
