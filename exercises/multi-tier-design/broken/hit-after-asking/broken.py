"""Before every hit, a request of its own goes to the origin, to be on the safe side.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import os
import urllib.request

import server

usual = server.Handler.send_entry


def send_entry(handler, entry, request, how):
    if how == "hit":
        urllib.request.urlopen(os.environ["ORIGIN_URL"] + handler.path).read()
    return usual(handler, entry, request, how)


server.Handler.send_entry = send_entry
server.main()
