"""Passwords: stored as salted, slow hashes that name the way they were made.

A stored hash looks like `scrypt:16384:8:1:<salt>:<hash>`. Because the function
and its cost are written in it, the cost can be raised later without locking
out anybody: old hashes are still verified the old way.
"""

import hashlib
import hmac
import os
import secrets
import threading

# scrypt fills memory (here 16 MiB per hash), which makes guessing expensive on
# graphics cards. One hash takes about 30 ms. That is below the usual advice
# for production, and chosen because the checks log in a hundred times.
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**14, 8, 1
SCRYPT_MEMORY = 64 * 1024 * 1024

# Some Pythons (the one that comes with macOS, for example) are built without
# scrypt. PBKDF2 is everywhere; this many rounds take about as long.
PBKDF2_ROUNDS = 100_000

# Hashing is pure computing: more of it at once than there are cores only costs
# memory.
_at_once = threading.BoundedSemaphore(max(2, os.cpu_count() or 2))


def hash_password(password):
    """Returns what to store for a password. Never the same text twice."""
    salt = secrets.token_hex(16)
    if hasattr(hashlib, "scrypt"):
        kind, cost = "scrypt", [SCRYPT_N, SCRYPT_R, SCRYPT_P]
    else:
        kind, cost = "pbkdf2-sha256", [PBKDF2_ROUNDS]
    digest = _digest(kind, cost, salt, password)
    return ":".join([kind, *map(str, cost), salt, digest])


def matches(password, stored):
    """Whether this is the password behind a stored hash."""
    kind, *cost, salt, digest = stored.split(":")
    found = _digest(kind, [int(number) for number in cost], salt, password)
    return hmac.compare_digest(found, digest)


def _digest(kind, cost, salt, password):
    secret, salt = password.encode("utf-8"), bytes.fromhex(salt)
    with _at_once:
        if kind == "scrypt":
            n, r, p = cost
            digest = hashlib.scrypt(
                secret, salt=salt, n=n, r=r, p=p, maxmem=SCRYPT_MEMORY, dklen=32
            )
        else:
            digest = hashlib.pbkdf2_hmac("sha256", secret, salt, cost[0])
    return digest.hex()
