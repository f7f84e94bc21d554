"""The shop's application tier: the only one that both sides talk to.

A browser sends what somebody would like. What it costs, whether there is any
left, and who may see it is decided here. The parts: `orders.py` reads what was
sent and believes none of it, `store.py` keeps the rules in the database that
`database.py` opens, `page/` is what runs in the browser, and this file speaks
HTTP.
"""

import json
import mimetypes
import os
import re
import signal
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import database
from orders import Invalid, read_key, read_order
from store import KeyReused, NoSuchCoupon, OutOfStock, UnknownSku, open_store

LONGEST_BODY = 64 * 1024
LONGEST_TOKEN = 256
PAGE = Path(__file__).parent / "page"

# The page may load from here and from nowhere else.
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src data:; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


class Answer(Exception):
    """An answer that ends the request, from wherever it is raised."""

    def __init__(self, status, body=None, headers=None):
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers or {}


# What the rules say no to, and how that is said.
REFUSALS = {
    Invalid: (422, None),
    UnknownSku: (404, "there is no such product"),
    OutOfStock: (409, "there are not that many left"),
    NoSuchCoupon: (422, "this coupon does not hold (any more)"),
    KeyReused: (422, "this Idempotency-Key was used for another order"),
}


class Service(ThreadingHTTPServer):
    """Listens, and holds what all requests share."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, store):
        self.store = store
        self.files = {path.name: path.read_bytes() for path in PAGE.iterdir()}
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

    def health(self):
        return Answer(200, {"status": "ok"})

    def page(self):
        name = self.path.partition("?")[0][1:] or "index.html"
        return Answer(200, (mimetypes.guess_type(name)[0], self.server.files[name]), PAGE_HEADERS)

    def products(self):
        names = ("sku", "name", "price_cents", "stock")
        return Answer(200, [dict(zip(names, row)) for row in self.server.store.products()])

    def place_order(self):
        customer = self.customer()
        key = read_key(self.headers.get("Idempotency-Key"))
        items, coupon = read_order(self.body)
        order = self.server.store.place_order(customer, items, coupon, key)
        return Answer(201, shown(order), {"Location": "/api/orders/" + order.id})

    def read_order(self):
        customer = self.customer()
        order = self.server.store.order_of(customer, self.path.partition("?")[0].split("/")[3])
        if order is None:
            # The same answer whether it is somebody else's or nobody's.
            raise Answer(404, {"error": "there is no such order"})
        return Answer(200, shown(order))

    ROUTES = [
        (r"/healthz", {"GET": health}),
        (r"/|/client\.js|/style\.css", {"GET": page}),
        (r"/api/products", {"GET": products}),
        (r"/api/orders", {"POST": place_order}),
        (r"/api/orders/[\w-]{1,64}", {"GET": read_order}),
    ]

    def customer(self):
        """Returns the customer of the token, or answers 401."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        token = token.strip()
        customer = None
        if scheme.lower() == "bearer" and len(token) <= LONGEST_TOKEN and token.isascii():
            customer = self.server.store.customer_of(token)
        if customer is None:
            raise Answer(401, {"error": "needs a customer's token"}, {"WWW-Authenticate": "Bearer"})
        return customer

    def answer(self):
        """Reads the request, finds its method above, sends what it returns."""
        self.send(self.outcome())

    def outcome(self):
        try:
            self.body = self.read_body()
            return self.route()(self)
        except Answer as raised:
            return raised
        except tuple(REFUSALS) as refusal:
            status, words = REFUSALS[type(refusal)]
            return Answer(status, {"error": words or str(refusal)})
        except database.Busy as busy:
            self.log_error("database: %s", busy)
            return Answer(503, {"error": "the shop cannot write now"}, {"Retry-After": "2"})
        except Exception:
            # The log gets the details, the client does not.
            traceback.print_exc()
            return Answer(500, {"error": "internal error"})

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = answer

    def route(self):
        path = self.path.partition("?")[0]
        for pattern, methods in self.ROUTES:
            if re.fullmatch(pattern, path):
                if self.command in methods:
                    return methods[self.command]
                raise Answer(405, {"error": "not this method"}, {"Allow": ", ".join(methods)})
        raise Answer(404, {"error": "no such page"})

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
        if isinstance(answer.body, tuple):
            kind, body = answer.body
        else:
            kind, body = "application/json", json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Cache-Control", "no-store")
        if self.close_connection:
            self.send_header("Connection", "close")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        path = re.sub(r"[^\x21-\x7e]", "?", self.path.partition("?")[0])
        # One write for the whole line: the lines of two threads must not mix.
        print("%s %s -> %d\n" % (self.command, path, answer.status), end="", flush=True)

    def log_message(self, form, *values):
        print(form % values, flush=True)

    def log_request(self, *_):
        """`send` above prints the line of a request."""

    def finish(self):
        super().finish()
        self.server.store.close()


def shown(order):
    """An order as its customer sees it."""
    return {
        "order_id": order.id,
        "total_cents": order.total_cents,
        "items": [line._asdict() for line in order.lines],
    }


def main():
    try:
        store = open_store(os.environ.get("DATABASE_URL", ""))
        address = (os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "3000")))
        service = Service(address, store)
    except (ValueError, OSError, *database.ERRORS) as error:
        sys.exit("Cannot start: %s" % error)

    # `shutdown` waits for the loop below, so it needs a thread of its own.
    def stop(*_):
        threading.Thread(target=service.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print("listening on http://%s:%d" % address, flush=True)
    service.serve_forever(poll_interval=0.1)
    service.server_close()


if __name__ == "__main__":
    main()
