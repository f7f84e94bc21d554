"""The store grows with what is asked for.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server


class Endless(server.Store):
    def __init__(self, most_bytes):
        super().__init__(10**12)


server.Store = Endless
server.main()
