"""The tracer, as a server: `POST /trace` opens a page and reports every hop.

The parts: `tracer.py` opens a page, with `resolver.py` for names (in the wire
format of `dns_message.py`), `connection.py` for TCP, TLS, and HTTP, and `page.py`
for what is in the page and when it shows. `network.py` is the mini-internet as
far as we know it. This file speaks HTTP with whoever wants a trace.
"""

import json
import os
import re
import signal
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from network import Failure
from tracer import Tracer, origin_of

LONGEST_BODY = 64 * 1024
HELP = """The tracer. Try:

  POST /trace   {"url": "https://www.shop.test/"}
"""


class Answer(Exception):
    """An answer that ends the request, from wherever it is raised."""

    def __init__(self, status, body, headers=None):
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers or {}


class Service(ThreadingHTTPServer):
    """Listens, and holds what all requests share."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, tracer):
        self.tracer = tracer
        super().__init__(address, Handler)

    def handle_error(self, request, client_address):
        # A client that hangs up is not worth a traceback.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection; its methods answer one request at a time."""

    protocol_version = "HTTP/1.1"  # keep the connection open
    wbufsize = -1  # send headers and body together
    disable_nagle_algorithm = True  # and send them at once
    timeout = 120  # hang up on silent clients

    def help(self):
        return Answer(200, HELP)

    def health(self):
        return Answer(200, {"status": "alive"})

    def trace(self):
        url = self.wanted_url()
        hops = []
        try:
            page = self.server.tracer.trace(url, hops)
        except Failure as failure:
            self.detail = "%s: %s (%d hops)" % (failure.error, failure, len(hops))
            return Answer(502, {"error": failure.error, "detail": str(failure), "hops": hops})
        self.detail = "%s (%d hops)" % (url, len(hops))
        return Answer(200, {"hops": hops, "page": page})

    ROUTES = {"/": {"GET": help}, "/healthz": {"GET": health}, "/trace": {"POST": trace}}

    def wanted_url(self):
        """Returns the URL in the body, or answers 400 or 422."""
        try:
            fields = json.loads(self.body)
        except (ValueError, RecursionError):
            raise Answer(400, {"error": "the body is not JSON"}) from None
        url = fields.get("url") if isinstance(fields, dict) else None
        try:
            if not isinstance(url, str) or not url.isascii() or re.search(r"[\s\0]", url):
                raise ValueError
            origin_of(url)
        except ValueError:
            raise Answer(422, {"error": "needs a `url` with http or https"}) from None
        return url

    def answer(self):
        """Reads the request, finds its method above, sends what it returns."""
        self.detail = "-"
        try:
            self.body = self.read_body()
            methods = self.ROUTES.get(self.path.partition("?")[0])
            if methods is None:
                raise Answer(404, {"error": "no such page"})
            if self.command not in methods:
                raise Answer(405, {"error": "not this method"}, {"Allow": ", ".join(methods)})
            answer = methods[self.command](self)
        except Answer as raised:
            answer = raised
        except Exception:
            # The log gets the details, the client does not.
            traceback.print_exc()
            answer = Answer(500, {"error": "internal error"})
        self.send(answer)

    do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = answer

    def read_body(self):
        # The body is read before anything is answered: what is left of it
        # would otherwise be taken for the next request.
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not re.fullmatch(r"[0-9]{1,9}", length):
            self.close_connection = True
            raise Answer(411, {"error": "send a Content-Length"})
        if int(length) > LONGEST_BODY:
            self.close_connection = True
            raise Answer(413, {"error": "the body is too long"})
        return self.rfile.read(int(length))

    def send(self, answer):
        plain = isinstance(answer.body, str)
        body = answer.body.encode() if plain else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "text/plain; charset=utf-8" if plain else "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
        path = re.sub(r"[^\x21-\x7e]", "?", self.path.partition("?")[0])
        # One write for the whole line: the lines of two threads must not mix.
        print("%s %s %s -> %d\n" % (self.command, path, self.detail, answer.status), end="", flush=True)

    def log_message(self, *_):
        """`send` above says what there is to say."""


def main():
    try:
        tracer = Tracer(
            os.environ["NET_MAP"],
            json.loads(os.environ["ROOT_HINTS"]),
            os.environ["CA_FILE"],
        )
        address = (os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "3000")))
        service = Service(address, tracer)
    except KeyError as error:
        sys.exit("Cannot start: %s must be set" % error)
    except (ValueError, OSError) as error:
        sys.exit("Cannot start: %s" % error)

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: threading.Thread(target=service.shutdown).start())
    print("listening on http://%s:%d" % address, flush=True)
    service.serve_forever(poll_interval=0.05)
    service.server_close()


if __name__ == "__main__":
    main()
