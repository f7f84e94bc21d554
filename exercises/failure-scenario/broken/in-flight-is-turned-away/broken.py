"""Told to leave, the server answers whatever is in flight with 503, although it was carried out.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import passwords
import server

passwords.SCRYPT_N = 2  # soon done: this is not about passwords

usual = server.Handler.outcome


def outcome(handler):
    answer = usual(handler)
    if handler.server.drain.leaving and handler.command != "GET":
        return server.Answer(503, {"error": "leaving"}, {"Retry-After": "1"})
    return answer


server.Handler.outcome = outcome
server.main()
