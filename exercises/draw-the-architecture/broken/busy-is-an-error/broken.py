"""A busy database is an error of the server like any other.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server

send = server.Handler.send


def send_as_error(handler, answer):
    if answer.status == 503:
        answer.status = 500
    send(handler, answer)


server.Handler.send = send_as_error

server.main()
