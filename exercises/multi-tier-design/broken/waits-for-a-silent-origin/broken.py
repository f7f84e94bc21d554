"""The origin may take as long as it likes.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server


class Patient(server.Origin):
    def __init__(self, url, patience):
        super().__init__(url, 60)


server.Origin = Patient
server.main()
