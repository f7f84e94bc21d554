"""Each key of the document is saved in a transaction of its own.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import json

import passwords
import server
import store

passwords.SCRYPT_N = 2  # soon done: this is not about passwords


class KeyByKey(store.Store):
    def replace_preferences(self, user_id, preferences, may_replace):
        (version,) = self._database.row("SELECT version FROM users WHERE id = ?", user_id)
        if not may_replace(version):
            return None
        for key, value in preferences.items():
            self._change(user_id, lambda saved: saved.update({key: value}))
        self._change(user_id, lambda saved: [saved.pop(k) for k in set(saved) - set(preferences)])
        return version + 1

    def _change(self, user_id, change):
        with self._database.writing() as transaction:
            find = "SELECT preferences FROM users WHERE id = ?"
            saved = json.loads(transaction.row(find, user_id)[0])
            change(saved)
            transaction.change(
                "UPDATE users SET preferences = ?, version = version + 1 WHERE id = ?",
                json.dumps(saved),
                user_id,
            )


store.Store = KeyByKey
server.main()
