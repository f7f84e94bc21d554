"""The key is committed first, and the points a moment later, in a transaction of their own.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import passwords
import server
import store

passwords.SCRYPT_N = 2  # soon done: this is not about passwords


class KeyFirst(store.Store):
    def add_points(self, user_id, key, delta):
        with self._database.writing() as transaction:
            known = transaction.row(
                "SELECT delta, total FROM additions WHERE user_id = ? AND key = ?", user_id, key
            )
            if known and known[0] != delta:
                raise store.KeyReused
            if known:
                return known[1]
            (points,) = transaction.row("SELECT points FROM users WHERE id = ?", user_id)
            transaction.change(
                "INSERT INTO additions (user_id, key, delta, total) VALUES (?, ?, ?, ?)",
                user_id,
                key,
                delta,
                points + delta,
            )
        if delta:
            with self._database.writing() as transaction:
                transaction.change(
                    "UPDATE users SET points = points + ? WHERE id = ?", delta, user_id
                )
        return points + delta


store.Store = KeyFirst
server.main()
