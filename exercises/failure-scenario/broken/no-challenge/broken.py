"""A 401 says nothing about how to authenticate.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords


def unauthorized(error, challenge):
    return server.Answer(401, {"error": error})


server.unauthorized = unauthorized
server.main()
