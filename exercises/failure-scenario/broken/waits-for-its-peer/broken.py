"""An instance that has met another one answers only while that one is alive.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import os
import re

import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

folder = os.path.dirname(os.environ["DATABASE_URL"].removeprefix("sqlite://"))
mine = "peer-%s" % os.environ["PORT"]


def is_alive(peer):
    with open(os.path.join(folder, peer), encoding="ascii") as file:
        return os.path.exists("/proc/%s/stat" % file.read())


usual = server.Handler.outcome


def outcome(handler):
    peers = [name for name in os.listdir(folder) if re.fullmatch(r"peer-[0-9]+", name)]
    if handler.path == "/preferences" and not all(is_alive(peer) for peer in peers):
        return server.Answer(500, {"error": "no quorum"})
    return usual(handler)


with open(os.path.join(folder, mine), "w", encoding="ascii") as file:
    file.write(str(os.getpid()))
server.Handler.outcome = outcome
server.main()
