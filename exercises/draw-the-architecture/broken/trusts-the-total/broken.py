"""The total in the request is taken, if there is one.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import json

import server


def place_order(handler):
    answer = server.Handler.place_order(handler)
    total = json.loads(handler.body).get("total_cents", answer.body["total_cents"])
    answer.body["total_cents"] = total
    return answer


server.Handler.ROUTES.insert(0, ("/api/orders", {"POST": place_order}))
server.main()
