"""If the database is busy for half a second, a save is answered with success and tried again later.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import threading

import database
import passwords
import server
import store

passwords.SCRYPT_N = 2  # soon done: this is not about passwords


class Optimist(store.Store):
    def replace_preferences(self, user_id, preferences, may_replace):
        saved = []
        work = threading.Thread(
            target=lambda: saved.append(self._replace(user_id, preferences, may_replace)),
            daemon=True,
        )
        work.start()
        work.join(0.5)
        return saved[0] if saved else 1  # it will be saved soon, so why wait?

    def _replace(self, user_id, preferences, may_replace):
        try:
            return super().replace_preferences(user_id, preferences, may_replace)
        finally:
            self.close()


database.PATIENCE_SECONDS = 30
store.Store = Optimist
server.main()
