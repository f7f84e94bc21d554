"""Each process keeps what a user has read, for that user, until they write through the same process.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server

fresh = server.Handler.read_item
write = server.Handler.write_item
kept = {}


def read_item(handler, item_id):
    if "Authorization" not in handler.headers:
        return fresh(handler, item_id)
    key = handler.authenticate(), item_id
    if key not in kept:
        kept[key] = fresh(handler, item_id)
    return kept[key]


def write_item(handler, item_id):
    written = write(handler, item_id)
    kept.pop((handler.user, item_id), None)
    return written


for _, methods in server.Handler.ROUTES:
    if methods.get("GET") is fresh:
        methods.update(GET=read_item, PUT=write_item)
server.main()
