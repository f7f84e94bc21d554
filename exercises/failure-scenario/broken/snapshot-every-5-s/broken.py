"""Preferences are kept in memory, and every five seconds they are all written to the database.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import threading
import time

import passwords
import server
import store

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

latest = {}  # user id -> document and version


class Snapshots(store.Store):
    def __init__(self, database):
        super().__init__(database)
        threading.Thread(target=self._save_again_and_again, daemon=True).start()

    def replace_preferences(self, user_id, preferences, may_replace):
        _, version = latest[user_id]
        if not may_replace(version):
            return None
        latest[user_id] = (preferences, version + 1)
        return version + 1

    def user_of(self, claims):
        user = super().user_of(claims)
        if user:
            preferences, version = latest.setdefault(user.id, (user.preferences, user.version))
            user = user._replace(preferences=preferences, version=version)
        return user

    def _save_again_and_again(self):
        while True:
            time.sleep(5)
            for user_id, (preferences, _) in list(latest.items()):
                super().replace_preferences(user_id, preferences, lambda _: True)


store.Store = Snapshots
server.main()
