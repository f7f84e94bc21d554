"""JSON is sent as if it were a page.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import json

import server

send = server.Handler.send


def send_as_page(handler, answer):
    if not isinstance(answer.body, tuple):
        answer.body = ("text/html", json.dumps(answer.body).encode())
    send(handler, answer)


server.Handler.send = send_as_page

server.main()
