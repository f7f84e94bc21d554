"""Each process keeps its pictures in a folder of its own.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import hashlib
import os

import server
import store

FOLDER = os.path.join(os.environ["DATA_DIR"], "avatars-" + os.environ["INSTANCE"])


class Files(store.Store):
    def avatar_of(self, user):
        try:
            with open(path(user), "rb") as file:
                kind, _, data = file.read().partition(b"\n")
        except FileNotFoundError:
            return None
        return store.Avatar(kind.decode(), data)

    def save_avatar(self, user, avatar):
        os.makedirs(FOLDER, exist_ok=True)
        with open(path(user), "wb") as file:
            file.write(avatar.content_type.encode() + b"\n" + avatar.data)


def path(user):
    return os.path.join(FOLDER, hashlib.sha256(user.encode()).hexdigest())


store.Store = Files
server.main()
