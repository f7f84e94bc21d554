"""The last byte of a range is taken for its end.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server

read_range = server.read_range


def one_short(text, length):
    found = read_range(text, length)
    return found and found._replace(end=max(found.first + 1, found.end - 1))


server.read_range = one_short
server.main()
