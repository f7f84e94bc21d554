"""Each instance makes ETags of its own.

Made from the Python solution: everything else is right.
"""

import os

import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords
server.etag = lambda user_id, version: '"%s-%d"' % (os.environ["INSTANCE"], version)

server.main()
