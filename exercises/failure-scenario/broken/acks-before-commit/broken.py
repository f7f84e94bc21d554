"""A save is answered at once and written a moment later.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import threading

import passwords
import server
import store

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

pending = {}  # user id -> document and version on their way to the database


class WriteBehind(store.Store):
    def replace_preferences(self, user_id, preferences, may_replace):
        version = pending[user_id][1] if user_id in pending else self._version_of(user_id)
        if not may_replace(version):
            return None
        pending[user_id] = (preferences, version + 1)
        later = threading.Timer(0.025, self._write, (user_id, preferences))
        later.daemon = True
        later.start()
        return version + 1

    def user_of(self, claims):
        user = super().user_of(claims)
        if user and user.id in pending:
            preferences, version = pending[user.id]
            return user._replace(preferences=preferences, version=version)
        return user

    def _write(self, user_id, preferences):
        super().replace_preferences(user_id, preferences, lambda _: True)
        self.close()

    def _version_of(self, user_id):
        return self._database.row("SELECT version FROM users WHERE id = ?", user_id)[0]


store.Store = WriteBehind
server.main()
