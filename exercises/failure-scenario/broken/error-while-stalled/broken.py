"""While the database is busy a write is answered with 500 and no word about trying again.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import database
import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

database.PATIENCE_SECONDS = 3
usual = server.Handler.outcome


def outcome(handler):
    answer = usual(handler)
    if answer.status == 503 and handler.path != "/readyz":
        return server.Answer(500, {"error": "database is locked"})
    return answer


server.Handler.outcome = outcome
server.main()
