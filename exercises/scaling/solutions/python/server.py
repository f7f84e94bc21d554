"""The shop, made to be many: any number of instances, and it does not matter which.

What holds for all instances together is decided by the database: who owns an
item, the next order number, how often somebody may ask. The parts: `store.py`
does that with the database that `database.py` opens, `drain.py` lets an instance
leave politely, `tokens.py` says who a request comes from, and this file speaks
HTTP.
"""

import json
import os
import re
import signal
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import database
from drain import Drain
from store import LIMIT, Avatar, open_store
from tokens import Refused, Tokens

LONGEST_BODY = 1024 * 1024  # what is longer is not even read
LONGEST_AVATAR = 64 * 1024
LONGEST_VALUE = 1000  # characters
TOKEN_SECONDS = 3600
HELP = """The shop. Try:

  POST /login         {"username": "..."}; returns a token
  PUT  /items/42      {"value": "..."}, with the header "Authorization: Bearer <token>"
  GET  /items/42
  POST /orders        {}, with the token
  PUT  /avatar        a picture, with the token
  GET  /avatar        with the token
  GET  /limited       with the token, twenty times in ten seconds
"""


class Answer(Exception):
    """An answer that ends the request, from wherever it is raised."""

    def __init__(self, status, body=None, headers=None):
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers or {}


class Service(ThreadingHTTPServer):
    """Listens, and holds what all requests share."""

    daemon_threads = True  # `Drain` waits for requests, not for idle connections
    request_queue_size = 128

    def __init__(self, address, store, tokens, drain):
        self.store = store
        self.tokens = tokens
        self.drain = drain
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
        # Alive, and nothing else: if this asked the database, a slow database
        # would get every instance restarted.
        return Answer(200, {"status": "alive"})

    def ready(self):
        if self.server.drain.leaving:
            return Answer(503, {"status": "leaving"})
        return Answer(200, {"status": "ready"})

    def help(self):
        return Answer(200, HELP)

    def login(self):
        name = self.json_object().get("username")
        if not is_text(name, 64) or not name:
            raise Answer(422, {"error": "needs a username of 1 to 64 characters"})
        self.user = name
        return Answer(200, {"token": self.server.tokens.issue(name)})

    def read_item(self, item_id):
        item = self.server.store.item(item_id)
        if item is None:
            raise Answer(404, {"error": "no such item"})
        return Answer(200, item._asdict())

    def write_item(self, item_id):
        user = self.authenticate()
        value = self.json_object().get("value")
        if not is_text(value, LONGEST_VALUE):
            raise Answer(422, {"error": "value must be a text of at most 1000 characters"})
        if not self.server.store.write_item(item_id, value, user):
            raise Answer(403, {"error": "this item belongs to somebody else"})
        return Answer(200, {"id": item_id, "value": value, "owner": user})

    def place_order(self):
        user = self.authenticate()
        self.json_object()
        return Answer(201, {"order_no": self.server.store.place_order(user)})

    def read_avatar(self):
        avatar = self.server.store.avatar_of(self.authenticate())
        if avatar is None:
            raise Answer(404, {"error": "no avatar yet"})
        return Answer(200, avatar)

    def write_avatar(self):
        user = self.authenticate()
        if len(self.body) > LONGEST_AVATAR:
            raise Answer(413, {"error": "more than 64 KiB"})
        kind = self.headers.get("Content-Type", "application/octet-stream")
        if not re.fullmatch(r"[\x20-\x7e]{1,200}", kind):
            raise Answer(400, {"error": "an odd Content-Type"})
        self.server.store.save_avatar(user, Avatar(kind, self.body))
        return Answer(204)

    def limited(self):
        wait = self.server.store.take(self.authenticate())
        if wait is not None:
            raise Answer(429, {"error": "too many requests"}, {"Retry-After": str(wait)})
        return Answer(200, {"limit": LIMIT})

    # A group in a path becomes an argument of the method.
    ROUTES = [
        (r"/", {"GET": help}),
        (r"/healthz", {"GET": health}),
        (r"/readyz", {"GET": ready}),
        (r"/login", {"POST": login}),
        (r"/items/([A-Za-z0-9_-]{1,64})", {"GET": read_item, "PUT": write_item}),
        (r"/orders", {"POST": place_order}),
        (r"/avatar", {"GET": read_avatar, "PUT": write_avatar}),
        (r"/limited", {"GET": limited}),
    ]

    def authenticate(self):
        """Returns the name of the user that the token speaks for, or answers 401."""
        values = self.headers.get_all("Authorization", [])
        scheme, _, token = values[0].partition(" ") if len(values) == 1 else ("", "", "")
        if scheme.lower() != "bearer":
            raise unauthorized("a token is required", "Bearer")
        try:
            self.user = self.server.tokens.verify(token.strip())["sub"]
        except Refused as reason:
            challenge = 'Bearer error="invalid_token", error_description="%s"' % reason
            raise unauthorized("invalid token", challenge) from None
        return self.user

    def json_object(self):
        """Returns the JSON object in the body, or answers 400 or 422."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            raise Answer(400, {"error": "the body is not JSON"}) from None
        if not isinstance(value, dict):
            raise Answer(422, {"error": "the body is not a JSON object"})
        return value

    def answer(self):
        """Reads the request, finds its method above, sends what it returns."""
        self.user = None
        with self.server.drain.request():
            self.send(self.outcome())

    def outcome(self):
        try:
            self.body = self.read_body()
            methods, arguments = self.route()
            if self.command not in methods:
                raise Answer(405, {"error": "not this method"}, {"Allow": ", ".join(methods)})
            return methods[self.command](self, *arguments)
        except Answer as raised:
            return raised
        except database.Busy:
            return Answer(503, {"error": "the database is busy"}, {"Retry-After": "1"})
        except Exception:
            # The log gets the details, the client does not.
            traceback.print_exc()
            return Answer(500, {"error": "internal error"})

    def route(self):
        path = self.path.partition("?")[0]
        for pattern, methods in self.ROUTES:
            match = re.fullmatch(pattern, path)
            if match:
                return methods, match.groups()
        raise Answer(404, {"error": "no such page"})

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
        if self.server.drain.leaving:
            self.close_connection = True  # the client's next request goes elsewhere
        kind, body = encoded(answer.body)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Cache-Control", "no-store")
        if self.close_connection:
            self.send_header("Connection", "close")
        if answer.status != 204:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if answer.status != 204:
            self.wfile.write(body)
        self.wfile.flush()  # only now is the request finished
        self.log(answer.status)

    def log(self, status):
        user = re.sub(r"[^\w.@-]", "?", self.user) if self.user else "-"
        path = re.sub(r"[^\x21-\x7e]", "?", self.path.partition("?")[0])
        # One write for the whole line: the lines of two threads must not mix.
        print("%s %s user=%s -> %s\n" % (self.command, path, user, status), end="", flush=True)

    def log_message(self, *_):
        """`log` above says what there is to say."""

    def finish(self):
        super().finish()
        self.server.store.close()


def unauthorized(error, challenge):
    """A 401 and the `WWW-Authenticate` header that every 401 needs."""
    return Answer(401, {"error": error}, {"WWW-Authenticate": challenge})


def encoded(body):
    """Returns the type and the bytes of a body."""
    if isinstance(body, Avatar):
        return body
    if isinstance(body, str):
        return "text/plain; charset=utf-8", body.encode()
    return "application/json", json.dumps(body).encode()


def is_text(value, longest):
    """Whether this is a text that every database can hold: UTF-8, without U+0000."""
    try:
        return len(value) <= longest and b"\0" not in value.encode("utf-8")
    except (AttributeError, TypeError, UnicodeEncodeError):
        return False


def main():
    secret = os.fsencode(os.environ.get("JWT_SECRET", ""))
    if len(secret) < 32:
        sys.exit("JWT_SECRET must be set, to 32 bytes or more. Not starting.")
    try:
        tokens = Tokens(secret, "shop", "shop", TOKEN_SECONDS)
        drain = Drain(int(os.environ.get("DRAIN_TIMEOUT_MS", "5000")) / 1000)
        store = open_store(os.environ.get("DATABASE_URL", ""))
        address = (os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "3000")))
        service = Service(address, store, tokens, drain)
    except (ValueError, OSError, *database.ERRORS) as error:
        sys.exit("Cannot start: %s" % error)

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: drain.start(service.shutdown))
    print("listening on http://%s:%d" % address, flush=True)
    service.serve_forever(poll_interval=0.05)
    service.server_close()
    drain.finish()
    # Not `sys.exit`: that would wait for locks that a request which has run out
    # of time may hold. Whatever matters is committed.
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
