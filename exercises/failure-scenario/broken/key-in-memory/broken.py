"""Idempotency keys are remembered by the process that saw them.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import threading

import passwords
import server
import store

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

answers = {}
lock = threading.Lock()


class KeysInMemory(store.Store):
    def add_points(self, user_id, key, delta):
        with lock:
            if (user_id, key) in answers:
                before, total = answers[user_id, key]
                if before != delta:
                    raise store.KeyReused
                return total
            with self._database.writing() as transaction:
                transaction.change(
                    "UPDATE users SET points = points + ? WHERE id = ?", delta, user_id
                )
                find = "SELECT points FROM users WHERE id = ?"
                (total,) = transaction.row(find, user_id)
            answers[user_id, key] = (delta, total)
            return total


store.Store = KeysInMemory
server.main()
