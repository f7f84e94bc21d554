"""When the database is busy, the client hears so, and not when to come again.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server

send = server.Handler.send


def send_without(handler, answer):
    answer.headers.pop("Retry-After", None)
    send(handler, answer)


server.Handler.send = send_without

server.main()
