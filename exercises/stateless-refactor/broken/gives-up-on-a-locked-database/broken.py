"""A save does not wait for the database while another instance writes.

Made from the Python solution: everything else is right.
"""

import passwords
import server
from store import Store

passwords.SCRYPT_N = 2  # soon done: this is not about passwords
replace = Store.replace_preferences


def replace_at_once(self, *what):
    connection = self._database._connection()
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        return replace(self, *what)
    finally:
        connection.execute("PRAGMA busy_timeout = 10000")


Store.replace_preferences = replace_at_once

server.main()
