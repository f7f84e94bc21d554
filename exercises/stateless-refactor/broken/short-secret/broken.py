"""A secret of any length will do: a short one is filled up with spaces.

Made from the Python solution: everything else is right.
"""

import os

import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

secret = os.environ.get("JWT_SECRET", "")
if secret:
    os.environ["JWT_SECRET"] = secret.ljust(32)

server.main()
