"""Each read takes 60 ms, because it waits for a service that nobody needs.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import time

import server
import store


class Slow(store.Store):
    def item(self, item_id):
        time.sleep(0.06)
        return super().item(item_id)


store.Store = Slow
server.main()
