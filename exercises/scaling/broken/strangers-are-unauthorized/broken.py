"""Whoever writes somebody else's item is answered with 401, although their token is good.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server

usual = server.Handler.outcome


def outcome(handler):
    answer = usual(handler)
    if answer.status == 403:
        return server.unauthorized("not your item", "Bearer")
    return answer


server.Handler.outcome = outcome
server.main()
