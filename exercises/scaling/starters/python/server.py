"""The shop.

Start it with `python3 server.py` and open http://127.0.0.1:3000 in a browser.
It needs nothing but Python. Items are kept in the database, so they are shared.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from database import open_database

HOST = os.environ.get("HOST", "127.0.0.1")
PORT = int(os.environ.get("PORT", "3000"))
SECRET = os.environ.get("JWT_SECRET", "")
DATA_DIR = os.environ.get("DATA_DIR", ".")
INSTANCE = os.environ.get("INSTANCE", "a")

# Pictures are files. The folder has our name, so nobody else writes into it.
AVATARS = os.path.join(DATA_DIR, "avatars-" + INSTANCE)

HELP = """Welcome to the shop!

  POST /login       {"username": "fox"}; gives you a token
  PUT  /items/42    {"value": "a red bicycle"}; send "Authorization: Bearer <token>"
  GET  /items/42
  POST /orders      {}; gives you an order number
  PUT  /avatar      a picture of you
  GET  /avatar
  GET  /limited     twenty times in ten seconds, please
"""

# --- the database ------------------------------------------------------------

TABLES = [
    "CREATE TABLE IF NOT EXISTS items (id TEXT PRIMARY KEY, value TEXT, owner TEXT)",
    "CREATE TABLE IF NOT EXISTS alive (instance TEXT PRIMARY KEY, seen_at BIGINT)",
]


def create_tables(database):
    # When all of us start at once, the database may be busy. Just try again.
    for attempt in range(100):
        try:
            for table in TABLES:
                database.change(table)
            return
        except Exception as error:
            print("no tables yet: %s" % error, flush=True)
            time.sleep(0.1)
    raise SystemExit("Cannot create the tables.")


class ItemsLock:
    """Only one of us looks at the items at a time. So nobody reads while somebody writes.

    The lock is a folder, because there may be other processes: making one
    fails if it is there already.
    """

    folder = os.path.join(DATA_DIR, "items.lock")
    ours = threading.Lock()  # first among ourselves

    def __enter__(self):
        self.ours.acquire()
        while True:
            try:
                os.mkdir(self.folder)
                break
            except FileExistsError:
                self.break_if_old()
                time.sleep(0.002)
        time.sleep(0.004)  # let writes that are on their way arrive

    def __exit__(self, *_):
        self.remove()
        self.ours.release()

    def break_if_old(self):
        # Whoever made it has probably died.
        try:
            if time.time() - os.stat(self.folder).st_mtime > 0.5:
                self.remove()
        except FileNotFoundError:
            pass

    def remove(self):
        try:
            os.rmdir(self.folder)
        except FileNotFoundError:
            pass


# --- order numbers and limits ---------------------------------------------------

counting = threading.Lock()
last_order = 1000
recent = {}  # user -> times of their requests in the last ten seconds


def next_order_number():
    global last_order
    with counting:
        last_order += 1
        return last_order


def seconds_to_wait(user):
    """Counts a request. Returns 0 if it is within the limit."""
    with counting:
        now = time.monotonic()
        times = [t for t in recent.get(user, []) if t > now - 10]
        recent[user] = times
        if len(times) >= 20:
            return max(1, int(times[0] + 10 - now + 0.999))
        times.append(now)
        return 0


# --- tokens -----------------------------------------------------------------------


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sign(text):
    return encode(hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).digest())


def new_token(user):
    now = int(time.time())
    header = encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    claims = encode(json.dumps({"sub": user, "iat": now, "exp": now + 3600}).encode())
    return header + "." + claims + "." + sign(header + "." + claims)


def user_of(token):
    """Returns the user of a token, or None."""
    try:
        header, claims, signature = token.split(".")
        if not hmac.compare_digest(sign(header + "." + claims), signature):
            return None
        if json.loads(decode(header))["alg"] != "HS256":
            return None
        claims = json.loads(decode(claims))
        return claims["sub"] if claims["exp"] > time.time() else None
    except (ValueError, KeyError, TypeError):
        return None


# --- the pages ----------------------------------------------------------------------


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keep connections open
    wbufsize = -1  # send headers and body in one go
    disable_nagle_algorithm = True

    def home(self):
        self.reply(200, HELP)

    def healthz(self):
        # We are only healthy if the database is: note down that we were here.
        note = (
            "INSERT INTO alive (instance, seen_at) VALUES (?, ?)"
            " ON CONFLICT (instance) DO UPDATE SET seen_at = excluded.seen_at"
        )
        self.server.database.change(note, INSTANCE, int(time.time()))
        self.reply(200, {"status": "ok"})

    def readyz(self):
        self.reply(200, {"status": "ready"})

    def login(self):
        wanted = self.json_object()
        if wanted is None:
            return
        name = wanted.get("username")
        if not isinstance(name, str) or not 1 <= len(name) <= 64:
            self.reply(422, {"error": "username, please"})
            return
        self.user = name
        self.reply(200, {"token": new_token(name)})

    def get_item(self):
        with ItemsLock():
            row = self.server.database.row(
                "SELECT value, owner FROM items WHERE id = ?", self.item_id
            )
        if row is None:
            self.reply(404, {"error": "no such item"})
            return
        self.reply(200, {"id": self.item_id, "value": row[0], "owner": row[1]})

    def put_item(self):
        if not self.logged_in():
            return
        wanted = self.json_object()
        if wanted is None:
            return
        value = wanted.get("value")
        if not isinstance(value, str) or len(value) > 1000:
            self.reply(422, {"error": "value must be a text, and not too long"})
            return
        with ItemsLock():
            changed = self.server.database.change(
                "INSERT INTO items (id, value, owner) VALUES (?, ?, ?) ON CONFLICT (id)"
                " DO UPDATE SET value = excluded.value WHERE items.owner = excluded.owner",
                self.item_id,
                value,
                self.user,
            )
        if not changed:
            self.reply(403, {"error": "this belongs to somebody else"})
            return
        self.reply(200, {"id": self.item_id, "value": value, "owner": self.user})

    def order(self):
        if not self.logged_in() or self.json_object() is None:
            return
        self.reply(201, {"order_no": next_order_number()})

    def avatar_file(self):
        return os.path.join(AVATARS, hashlib.sha256(self.user.encode()).hexdigest())

    def get_avatar(self):
        if not self.logged_in():
            return
        try:
            with open(self.avatar_file() + ".type") as file:
                kind = file.read()
            with open(self.avatar_file(), "rb") as file:
                self.reply(200, file.read(), kind=kind)
        except FileNotFoundError:
            self.reply(404, {"error": "no avatar yet"})

    def put_avatar(self):
        if not self.logged_in():
            return
        if len(self.body) > 64 * 1024:
            self.reply(413, {"error": "this picture is too big"})
            return
        os.makedirs(AVATARS, exist_ok=True)
        with open(self.avatar_file(), "wb") as file:
            file.write(self.body)
        with open(self.avatar_file() + ".type", "w") as file:
            file.write(self.headers.get("Content-Type", "application/octet-stream"))
        self.reply(204)

    def limited(self):
        if not self.logged_in():
            return
        wait = seconds_to_wait(self.user)
        if wait:
            self.reply(429, {"error": "not so fast"}, {"Retry-After": str(wait)})
            return
        self.reply(200, {"status": "go on"})

    # --- reading and writing -----------------------------------------------

    def logged_in(self):
        """Finds out who is asking, or answers 401."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        self.user = user_of(token) if scheme.lower() == "bearer" else None
        if self.user is None:
            self.reply(401, {"error": "log in first"}, {"WWW-Authenticate": "Bearer"})
        return self.user is not None

    def json_object(self):
        """Returns the JSON object of the body, or answers and returns None."""
        try:
            value = json.loads(self.body)
        except ValueError:
            self.reply(400, {"error": "this is not JSON"})
            return None
        if not isinstance(value, dict):
            self.reply(422, {"error": "this is not a JSON object"})
            return None
        return value

    def reply(self, status, body=None, headers=(), kind=None):
        if isinstance(body, bytes):
            data = body
        elif isinstance(body, str):
            data, kind = body.encode(), "text/plain; charset=utf-8"
        else:
            data, kind = json.dumps(body).encode(), "application/json"
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if status != 204:
            self.wfile.write(data)
        path = urlsplit(self.path).path
        # One write for the whole line: the lines of two threads must not mix.
        print("%s %s user=%s -> %d\n" % (self.command, path, self.user or "-", status), end="", flush=True)

    def handle_request(self):
        self.user = None
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = urlsplit(self.path).path
        item = re.fullmatch("/items/([A-Za-z0-9_-]{1,64})", path)
        if item:
            self.item_id = item.group(1)
            path = "/items"
        page = PAGES.get((self.command, path))
        if page:
            page(self)
        else:
            self.reply(404, {"error": "no such page"})

    do_GET = do_POST = do_PUT = handle_request

    def log_message(self, *args):
        pass  # `reply` prints a line of our own


PAGES = {
    ("GET", "/"): Handler.home,
    ("GET", "/healthz"): Handler.healthz,
    ("GET", "/readyz"): Handler.readyz,
    ("POST", "/login"): Handler.login,
    ("GET", "/items"): Handler.get_item,
    ("PUT", "/items"): Handler.put_item,
    ("POST", "/orders"): Handler.order,
    ("GET", "/avatar"): Handler.get_avatar,
    ("PUT", "/avatar"): Handler.put_avatar,
    ("GET", "/limited"): Handler.limited,
}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, database):
        self.database = database
        super().__init__((HOST, PORT), Handler)


if __name__ == "__main__":
    if len(SECRET) < 32:
        raise SystemExit("JWT_SECRET must be set, to 32 bytes or more.")
    database = open_database(os.environ["DATABASE_URL"])
    create_tables(database)
    server = Server(database)
    print("listening on http://%s:%d" % (HOST, PORT), flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
