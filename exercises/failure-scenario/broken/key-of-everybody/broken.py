"""An idempotency key is looked up without its user, so a stranger with the same key gets somebody else's answer.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import passwords
import server
import store

passwords.SCRYPT_N = 2  # soon done: this is not about passwords


class OneKeyForAll(store.Store):
    def add_points(self, user_id, key, delta):
        known = self._database.row("SELECT delta, total FROM additions WHERE key = ?", key)
        if known and known[0] == delta:
            return known[1]
        return super().add_points(user_id, key, delta)


store.Store = OneKeyForAll
server.main()
