"""A picture may be as large as it likes.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server

server.LONGEST_AVATAR = server.LONGEST_BODY
server.main()
