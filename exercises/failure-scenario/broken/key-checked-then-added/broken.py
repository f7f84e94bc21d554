"""The key is looked up first and stored with the change later: two tries at once both find nothing.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import passwords
import server
import store

passwords.SCRYPT_N = 2  # soon done: this is not about passwords


class CheckThenAdd(store.Store):
    def add_points(self, user_id, key, delta):
        known = self._database.row(
            "SELECT delta, total FROM additions WHERE user_id = ? AND key = ?", user_id, key
        )
        if known and known[0] != delta:
            raise store.KeyReused
        if known:
            return known[1]
        with self._database.writing() as transaction:
            transaction.change("UPDATE users SET points = points + ? WHERE id = ?", delta, user_id)
            (total,) = transaction.row("SELECT points FROM users WHERE id = ?", user_id)
            transaction.change(
                "INSERT INTO additions (user_id, key, delta, total) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                user_id,
                key,
                delta,
                total,
            )
        return total


store.Store = CheckThenAdd
server.main()
