"""Only one reader of the whole fleet may look at the items at a time, for four milliseconds.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import fcntl
import os
import time

import server
import store


class OneReader(store.Store):
    def item(self, item_id):
        with open(os.path.join(os.environ["DATA_DIR"], "lock"), "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            time.sleep(0.004)
            return super().item(item_id)


store.Store = OneReader
server.main()
