"""Whatever goes wrong with a connection is called `connect`, also a server that says nothing.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import connection
import server


def failure_of(error, where):
    return connection.Failure("connect", "%s: %s" % (where, error))


connection.failure_of = failure_of

server.main()
