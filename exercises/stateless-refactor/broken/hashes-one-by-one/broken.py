"""Passwords are hashed one at a time, and each takes a second.

Made from the Python solution: everything else is right.
"""

import threading
import time

import passwords
import server

passwords.SCRYPT_N = 2  # the time it takes is made below
one_at_a_time = threading.Lock()
usual = passwords.hash_password


def hash_password(password):
    with one_at_a_time:
        time.sleep(1)
        return usual(password)


passwords.hash_password = hash_password
server.main()
