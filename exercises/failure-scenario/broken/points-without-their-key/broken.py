"""A key is begun, the points are added, the key is done: three transactions, and what was only begun is done again.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import time

import passwords
import server
import store

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

BEGUN = -1


class ThreeSteps(store.Store):
    def add_points(self, user_id, key, delta):
        total = self._begin(user_id, key, delta)
        if total is not None:
            return total
        with self._database.writing() as transaction:
            transaction.change("UPDATE users SET points = points + ? WHERE id = ?", delta, user_id)
            (total,) = transaction.row("SELECT points FROM users WHERE id = ?", user_id)
        with self._database.writing() as transaction:
            transaction.change(
                "UPDATE additions SET total = ? WHERE user_id = ? AND key = ?", total, user_id, key
            )
        return total

    def _begin(self, user_id, key, delta):
        # Somebody else may be at it just now: give them a second.
        for attempt in range(20):
            with self._database.writing() as transaction:
                begun = transaction.change(
                    "INSERT INTO additions (user_id, key, delta, total) VALUES (?, ?, ?, ?)"
                    " ON CONFLICT DO NOTHING",
                    user_id,
                    key,
                    delta,
                    BEGUN,
                )
                known = transaction.row(
                    "SELECT delta, total FROM additions WHERE user_id = ? AND key = ?", user_id, key
                )
            if known[0] != delta:
                raise store.KeyReused
            if begun:
                return None
            if known[1] != BEGUN:
                return known[1]
            time.sleep(0.05)
        return None


store.Store = ThreeSteps
server.main()
