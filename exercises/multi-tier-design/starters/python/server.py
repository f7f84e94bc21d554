"""The edge. It keeps what it has fetched, so that the origin has less to do.

Start it with `ORIGIN_URL=http://127.0.0.1:8000 python3 server.py` and open
http://127.0.0.1:3000/ and a path of the origin. It needs nothing but Python.
"""

import http.client
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HOST = os.environ.get("HOST", "127.0.0.1")
PORT = int(os.environ.get("PORT", "3000"))
NAME = os.environ.get("EDGE_NAME", "edge")
ORIGIN = urlsplit(os.environ.get("ORIGIN_URL", "http://127.0.0.1:8000"))

# We always want all of it, and in a form that we can keep.
NOT_FOR_THE_ORIGIN = {"host", "connection", "range", "if-range", "if-none-match"}

# These are about one connection, not about the answer.
NOT_FOR_THE_CLIENT = {"connection", "keep-alive", "transfer-encoding", "content-length"}

cache = {}  # path -> the answer


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body
        self.stored_at = time.time()


def fetch(method, url, headers, body=None):
    """Asks the origin. Returns when everything is there."""
    connection = http.client.HTTPConnection(ORIGIN.hostname, ORIGIN.port)
    try:
        connection.request(method, url, body=body, headers=headers)
        response = connection.getresponse()
        try:
            data = response.read()
        except http.client.IncompleteRead as error:
            # Better than nothing.
            data = error.partial
        headers = [h for h in response.getheaders() if h[0].lower() not in NOT_FOR_THE_CLIENT]
        return Answer(response.status, headers, data)
    finally:
        connection.close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keep connections open
    wbufsize = -1  # send headers and body in one go
    disable_nagle_algorithm = True

    def do_GET(self):
        if self.path == "/healthz":
            self.reply(Answer(200, [("Content-Type", "text/plain")], b"ok\n"), None)
            return
        # What comes after the question mark is only for statistics.
        path = self.path.split("?")[0]
        if path in cache:
            self.reply(cache[path], "hit")
            return
        answer = self.ask_the_origin()
        if answer:
            if self.command == "GET":
                cache[path] = answer
            self.reply(answer, "fwd=uri-miss")

    do_HEAD = do_GET

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = self.ask_the_origin(body)
        if answer:
            self.reply(answer, "fwd=method")

    do_PUT = do_DELETE = do_POST

    def ask_the_origin(self, body=None):
        """Returns the origin's answer, or says that there is none and returns None."""
        headers = {k: v for k, v in self.headers.items() if k.lower() not in NOT_FOR_THE_ORIGIN}
        headers["Via"] = "1.1 " + NAME
        try:
            return fetch(self.command, self.path, headers, body)
        except OSError as error:
            print("origin: %s" % error, flush=True)
            self.reply(Answer(502, [], b"the origin does not answer\n"), "fwd=miss")
            return None

    def reply(self, answer, how):
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if how:
            self.send_header("Via", "1.1 " + NAME)
            self.send_header("Cache-Status", "%s; %s" % (NAME, how))
        if how == "hit":
            self.send_header("Age", str(int(time.time() - answer.stored_at)))
        if answer.status not in (204, 304):
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        # One write for the whole line: the lines of two threads must not mix.
        line = "%s %s -> %d %s\n" % (self.command, self.path, answer.status, how or "")
        print(line, end="", flush=True)

    def log_message(self, *args):
        pass  # `reply` prints a line of our own


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


if __name__ == "__main__":
    print("listening on http://%s:%d" % (HOST, PORT), flush=True)
    try:
        Server((HOST, PORT), Handler).serve_forever()
    except KeyboardInterrupt:
        pass
