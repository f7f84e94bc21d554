"""Each instance keeps what it has read for two seconds, and only its own writes refresh that.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import threading
import time

import passwords
import server
import store

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

cache = {}  # token id -> user, and until when to believe it
lock = threading.Lock()


class Cached(store.Store):
    def user_of(self, claims):
        with lock:
            user, until = cache.get(claims["jti"], (None, 0))
            if time.monotonic() > until:
                user = super().user_of(claims)
                cache[claims["jti"]] = (user, time.monotonic() + 2)
            return user

    def replace_preferences(self, user_id, preferences, may_replace):
        version = super().replace_preferences(user_id, preferences, may_replace)
        with lock:
            cache.clear()
        return version

    def log_out(self, jti, keep_until):
        super().log_out(jti, keep_until)
        with lock:
            cache.clear()


store.Store = Cached
server.main()
