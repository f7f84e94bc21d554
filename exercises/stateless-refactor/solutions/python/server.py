"""The preferences service, stateless: any instance can answer any request.

What a request needs is in the request (a signed token) or in the database.
The process itself keeps only its settings. The parts: `tokens.py` says who a
request comes from, `passwords.py` stores passwords, `store.py` keeps the rest in
the database that `database.py` opens, and this file speaks HTTP.
"""

import json
import math
import os
import re
import signal
import sys
import threading
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import database
import passwords
from store import open_store
from tokens import LEEWAY_SECONDS, Refused, Tokens

LONGEST_BODY = 64 * 1024
LONGEST_PREFERENCES = 16 * 1024
HELP = """The preferences service. Try:

  POST /register      {"username": "...", "password": "..."}
  POST /login         the same; returns a token
  GET  /preferences   with the header "Authorization: Bearer <token>"
  PUT  /preferences   with the token and a JSON object
  POST /logout        with the token
"""


class Answer(Exception):
    """An answer that ends the request, from wherever it is raised."""

    def __init__(self, status, body=None, headers=None):
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = headers or {}


class Service(ThreadingHTTPServer):
    """Listens, and holds what all requests share. None of it ever changes."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, store, tokens):
        self.store = store
        self.tokens = tokens
        # Checked against when the user is unknown, so that both kinds of
        # refusal take the same time.
        self.nobody = passwords.hash_password("nobody has this password")
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

    def help(self):
        return Answer(200, HELP)

    def register(self):
        name, password = self.credentials()
        if not self.server.store.add_user(name, passwords.hash_password(password)):
            return Answer(409, {"error": "this name is taken"})
        return Answer(201, {"username": name})

    def login(self):
        name, password = self.credentials()
        login = self.server.store.login_of(name)
        user_id, stored = login or (None, self.server.nobody)
        if not passwords.matches(password, stored) or user_id is None:
            raise unauthorized("wrong username or password", "Bearer")
        token, lifetime = self.server.tokens.issue(user_id), self.server.tokens.lifetime
        return Answer(200, {"token": token, "token_type": "Bearer", "expires_in": lifetime})

    def read_preferences(self):
        user, _ = self.authenticate()
        return Answer(200, user.preferences, {"ETag": etag(user.id, user.version)})

    def write_preferences(self):
        user, _ = self.authenticate()
        preferences = self.json_object()
        if len(self.body) > LONGEST_PREFERENCES:
            raise Answer(422, {"error": "more than 16 KiB"})
        condition = self.headers.get("If-Match")
        version = self.server.store.replace_preferences(
            user.id,
            preferences,
            lambda current: condition is None or holds(condition, etag(user.id, current)),
        )
        if version is None:
            raise Answer(412, {"error": "somebody else changed it: read it again"})
        return Answer(204, headers={"ETag": etag(user.id, version)})

    def logout(self):
        _, claims = self.authenticate()
        self.server.store.log_out(claims["jti"], int(claims["exp"]) + LEEWAY_SECONDS + 1)
        return Answer(204)

    def stats(self):
        _, claims = self.authenticate()
        if claims.get("role") != "admin":
            raise Answer(403, {"error": "for admins only"})
        users, logged_out = self.server.store.counts()
        return Answer(200, {"users": users, "logged_out_tokens": logged_out})

    ROUTES = {
        "/": {"GET": help},
        "/healthz": {"GET": health},
        "/register": {"POST": register},
        "/login": {"POST": login},
        "/preferences": {"GET": read_preferences, "PUT": write_preferences},
        "/logout": {"POST": logout},
        "/admin/stats": {"GET": stats},
    }

    def authenticate(self):
        """Returns the user and the claims of the token, or answers 401."""
        values = self.headers.get_all("Authorization", [])
        scheme, _, token = values[0].partition(" ") if len(values) == 1 else ("", "", "")
        if scheme.lower() != "bearer":
            raise unauthorized("a token is required", "Bearer")
        try:
            claims = self.server.tokens.verify(token.strip())
            user = self.server.store.user_of(claims)
            if user is None:
                raise Refused("logged out")
        except Refused as reason:
            challenge = 'Bearer error="invalid_token", error_description="%s"' % reason
            raise unauthorized("invalid token", challenge) from None
        self.user_name = user.name
        return user, claims

    def credentials(self):
        """Returns the username and password of the body, or answers 422."""
        fields = self.json_object()
        name, password = fields.get("username"), fields.get("password")
        for text, longest in ((name, 64), (password, 256)):
            if not isinstance(text, str) or not 1 <= len(text) <= longest or not is_storable(text):
                raise Answer(422, {"error": "needs a username and a password of sane length"})
        self.user_name = name
        return name, password

    def json_object(self):
        """Returns the JSON object in the body, or answers 400 or 422."""
        try:
            value = json.loads(self.body, parse_constant=finite, parse_float=finite)
        except (ValueError, RecursionError):
            raise Answer(400, {"error": "the body is not JSON"}) from None
        if not isinstance(value, dict):
            raise Answer(422, {"error": "the body is not a JSON object"})
        return value

    def answer(self):
        """Reads the request, finds its method above, sends what it returns."""
        self.user_name = None
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
        except database.Busy:
            answer = Answer(503, {"error": "the database is busy"}, {"Retry-After": "1"})
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
        self.send_header("Cache-Control", "no-store")
        if self.close_connection:
            self.send_header("Connection", "close")
        if answer.status != 204:
            kind = "text/plain; charset=utf-8" if plain else "application/json"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if answer.status != 204:
            self.wfile.write(body)
        self.log(answer.status)

    def log(self, status):
        user = re.sub(r"[^\w.@-]", "?", self.user_name) if self.user_name else "-"
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


def etag(user_id, version):
    """The strong ETag of one version of one user's preferences."""
    return '"%s-%d"' % (user_id[:8], version)


def holds(condition, current):
    """Whether an `If-Match` header (RFC 9110, 13.1.1) names the current ETag."""
    return condition.strip() == "*" or current in re.findall(r'(?:W/)?"[^"]*"', condition)


def is_storable(text):
    """Whether every database can hold this text: it must be UTF-8, without U+0000."""
    try:
        return b"\0" not in text.encode("utf-8")
    except UnicodeEncodeError:
        return False


def finite(text):
    """Reads a number. Python takes NaN, Infinity, and 1e999; JSON has no such values."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text + " is not JSON")
    return number


def main():
    secret = os.fsencode(os.environ.get("JWT_SECRET", ""))
    if len(secret) < 32:
        sys.exit("JWT_SECRET must be set, to 32 bytes or more. Not starting.")
    try:
        tokens = Tokens(
            secret,
            os.environ.get("JWT_ISSUER", "preferences"),
            os.environ.get("JWT_AUDIENCE", "preferences"),
            int(os.environ.get("JWT_TTL_SECONDS", "900")),
        )
        store = open_store(os.environ.get("DATABASE_URL", ""))
        address = (os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "3000")))
        service = Service(address, store, tokens)
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
