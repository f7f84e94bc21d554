"""Preferences are at another path than in the contract.

Made from the Python solution: everything else is right.
"""

import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

server.Handler.ROUTES["/preference"] = server.Handler.ROUTES.pop("/preferences")

server.main()
