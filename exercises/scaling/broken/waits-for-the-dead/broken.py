"""When another instance has died, the rest wait for it for a minute.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import os
import re
import time

import server

folder = os.path.dirname(os.environ["DATABASE_URL"].removeprefix("sqlite://"))
mine = "peer-%s" % os.environ["PORT"]


def is_alive(peer):
    with open(os.path.join(folder, peer), encoding="ascii") as file:
        return os.path.exists("/proc/%s/stat" % file.read())


usual = server.Handler.outcome


def outcome(handler):
    peers = [name for name in os.listdir(folder) if re.fullmatch(r"peer-[0-9]+", name)]
    if handler.path.startswith("/items/") and not all(is_alive(peer) for peer in peers):
        time.sleep(60)
    return usual(handler)


with open(os.path.join(folder, mine), "w", encoding="ascii") as file:
    file.write(str(os.getpid()))
server.Handler.outcome = outcome
server.main()
