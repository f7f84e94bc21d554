"""While the database is busy a write is answered with 503, and no word about when to come again.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

usual = server.Handler.outcome


def outcome(handler):
    answer = usual(handler)
    answer.headers.pop("Retry-After", None)
    return answer


server.Handler.outcome = outcome
server.main()
