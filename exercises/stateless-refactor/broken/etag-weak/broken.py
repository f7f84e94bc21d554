"""ETags are weak.

Made from the Python solution: everything else is right.
"""

import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords
etag = server.etag
server.etag = lambda user_id, version: "W/" + etag(user_id, version)

server.main()
