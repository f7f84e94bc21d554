"""Who signed a certificate is verified, but not for whom.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import connection
import server
import tracer


def trusting_any_name(ca_file):
    context = connection.trusting(ca_file)
    context.check_hostname = False
    return context


tracer.trusting = trusting_any_name

server.main()
