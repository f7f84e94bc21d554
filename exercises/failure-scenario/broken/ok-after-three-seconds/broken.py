"""If the database is busy for three seconds, a save is answered with success and tried again later.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import database
import passwords
import server
import store

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

database.PATIENCE_SECONDS = 3


class Hopeful(store.Store):
    def replace_preferences(self, user_id, preferences, may_replace):
        try:
            return super().replace_preferences(user_id, preferences, may_replace)
        except database.Busy:
            return 0  # surely somebody tries again later


store.Store = Hopeful
server.main()
