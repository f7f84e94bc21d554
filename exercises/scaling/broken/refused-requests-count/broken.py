"""A request that was refused opens the window anew, so whoever keeps asking never gets in.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import time

import server
import store


class Unforgiving(store.Store):
    def take(self, user):
        wait = super().take(user)
        if wait is not None:
            with self._database.writing() as transaction:
                transaction.change(
                    "UPDATE windows SET opened_at = ? WHERE user_name = ?",
                    int(time.time() * 1000),
                    user,
                )
        return wait


store.Store = Unforgiving
server.main()
