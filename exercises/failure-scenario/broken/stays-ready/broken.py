"""The server drains well, but `/readyz` says 200 to the end.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords


def ready(handler):
    return server.Answer(200, {"status": "ready"})


server.Handler.ROUTES["/readyz"]["GET"] = ready
server.main()
