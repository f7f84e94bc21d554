"""As much of a web framework as directory.py needs: routes, and 500 when one raises."""

import json
import traceback
from http.server import BaseHTTPRequestHandler

ROUTES = {}


def app(method, path):
    def keep(handler):
        ROUTES[method, path] = handler
        return handler

    return keep


class Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Nobody reads it.
    body = None

    def answer(self):
        handler = ROUTES.get((self.command, self.path.split("?")[0]))
        try:
            status, value = handler(self) if handler else (404, {"error": "No such page"})
        except Exception as error:
            print(f"{type(error).__name__}: {error}", flush=True)
            return self.send(500, "text/plain", traceback.format_exc())
        self.send(status, "application/json", json.dumps(value, separators=(",", ":")))

    do_GET = do_POST = answer

    def send(self, status, kind, text):
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)
        self.close_connection = True

    def log_message(self, *_):
        pass
