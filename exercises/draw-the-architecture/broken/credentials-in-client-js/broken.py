"""The script has the address of the database in it, for a fast search.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import os

import server


class Service(server.Service):
    def __init__(self, address, store):
        super().__init__(address, store)
        secret = 'const DATABASE = "%s";\n' % os.environ["DATABASE_URL"]
        self.files["client.js"] = secret.encode() + self.files["client.js"]


server.Service = Service
server.main()
