"""Each instance knows the users that it registered, and lists the others once an hour.

Made from the Python solution: everything else is right.
"""

import time

import passwords
import server
from store import Store

passwords.SCRYPT_N = 2  # soon done: this is not about passwords
add_user = Store.add_user
login_of = Store.login_of
known = set()
listed_at = -3600.0


def add_and_know(self, name, password_hash):
    added = add_user(self, name, password_hash)
    known.add(name)
    return added


def login_of_known(self, name):
    global listed_at
    if time.monotonic() - listed_at >= 3600:
        listed_at = time.monotonic()
        (names,) = self._database.row("SELECT group_concat(name, ' ') FROM users")
        known.update((names or "").split())
    return login_of(self, name) if name in known else None


Store.add_user = add_and_know
Store.login_of = login_of_known

server.main()
