"""Everybody asks everybody: browsers each other and the database, whose address is in the script.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import os

import server


class Service(server.Service):
    def __init__(self, address, store):
        super().__init__(address, store)
        peers = 'const PEERS = ["%s"];\n' % os.environ["DATABASE_URL"]
        self.files["client.js"] = peers.encode() + self.files["client.js"]


server.Service = Service
server.main()
