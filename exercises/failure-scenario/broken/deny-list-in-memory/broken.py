"""Logged-out tokens are remembered by the process that was told, until it ends.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import passwords
import server
import store

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

logged_out = set()


class Forgetful(store.Store):
    def log_out(self, jti, keep_until):
        logged_out.add(jti)

    def user_of(self, claims):
        return None if claims["jti"] in logged_out else super().user_of(claims)


store.Store = Forgetful
server.main()
