"""Runs directory.py as it is. What it needs to be tried out comes from outside:
a port, and a path that says it is up. The mended copy (MENDED=1) also gets the
two things whose absence hides everything else: a parser for bodies, and a
database."""

import json
import os
from http.server import ThreadingHTTPServer
from types import SimpleNamespace

import directory
import web


@web.app("GET", "/healthz")
def healthz(request):
    return 200, {"status": "ok"}


def body(request):
    size = int(request.headers.get("Content-Length") or 0)
    return json.loads(request.rfile.read(size))


if os.environ.get("MENDED"):
    web.Request.body = property(body)
    people = [
        {"id": i, "name": f"Person {i}", "email": f"person{i}@shop.test"} for i in range(1, 251)
    ]
    directory.database = SimpleNamespace(query=lambda sql: people[:100])

port = int(os.environ.get("PORT", 3000))
print(f"Listening on port {port}", flush=True)
ThreadingHTTPServer(("127.0.0.1", port), web.Request).serve_forever()
