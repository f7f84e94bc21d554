"""The ETag in If-Match is compared without its quotes, and so never is the current one.

Made from the Python solution: everything else is right.
"""

import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords
server.holds = lambda condition, current: condition.strip('"') == current

server.main()
