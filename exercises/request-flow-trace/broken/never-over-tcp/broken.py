"""The bit that says "truncated" is not looked at.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import dns_message
import server


def whole(data, read=dns_message.read):
    return read(data)._replace(truncated=False)


dns_message.read = whole

server.main()
