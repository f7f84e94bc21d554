"""A value that is no text ends in an error of the server.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server


def is_text(value, longest):
    return len(value) <= longest


server.is_text = is_text
server.main()
