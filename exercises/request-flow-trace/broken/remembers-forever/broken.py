"""Answers are remembered, and never forgotten.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import resolver
import server


def forever(reply, zone, name, believed=resolver.what_it_says):
    found = believed(reply, zone, name)
    return {name: known._replace(expires=known.expires + 86400) for name, known in found.items()}


resolver.what_it_says = forever

server.main()
