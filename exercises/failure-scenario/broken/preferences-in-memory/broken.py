"""Users are in the database, and their preferences in the memory of each process.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import passwords
import server
import store

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

documents = {}  # user id -> document and version


class InMemory(store.Store):
    def user_of(self, claims):
        user = super().user_of(claims)
        preferences, version = documents.get(user.id, ({}, 0)) if user else ({}, 0)
        return user and user._replace(preferences=preferences, version=version)

    def replace_preferences(self, user_id, preferences, may_replace):
        version = documents.get(user_id, ({}, 0))[1]
        if not may_replace(version):
            return None
        documents[user_id] = (preferences, version + 1)
        return version + 1


store.Store = InMemory
server.main()
