"""The preferences service.

Start it with `python3 server.py` and open http://127.0.0.1:3000 in a browser.
It needs nothing but Python. What people have saved is written to a file every
five seconds, so it is still there after a restart.
"""

import hashlib
import hmac
import json
import os
import secrets
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

HOST = os.environ.get("HOST", "127.0.0.1")
PORT = int(os.environ.get("PORT", "3000"))
DATA_DIR = os.environ.get("DATA_DIR", ".")
INSTANCE = os.environ.get("INSTANCE", "a")
SNAPSHOT = os.path.join(DATA_DIR, "snapshot-%s.json" % INSTANCE)
SNAPSHOT_SECONDS = 5
SESSION_SECONDS = 15 * 60

# New at every start, so that nobody can find it out.
SECRET = secrets.token_bytes(32)

# Everything we know. Dictionaries are fast, and we have plenty of memory.
users = {}  # name -> password
preferences = {}  # name -> what they like
points = {}  # name -> how many they have
added = {}  # name and idempotency key -> what we added, and the total we answered
sessions = {}  # session id -> who it is

HELP = """Welcome to the preferences service!

  POST /register      {"username": "fox", "password": "..."}
  POST /login         the same; gives you a token
  GET  /preferences   your preferences; send "Authorization: Bearer <token>"
  PUT  /preferences   {"theme": "dark", "language": "de"}
  POST /points        {"delta": 5}; send an "Idempotency-Key", too
  POST /logout        forgets your token
"""


# --- the snapshot -----------------------------------------------------------


def save_snapshot():
    with open(SNAPSHOT, "w") as file:
        json.dump({"users": users, "preferences": preferences, "points": points}, file)


def load_snapshot():
    try:
        with open(SNAPSHOT) as file:
            saved = json.load(file)
    except (OSError, ValueError):
        return  # the first start, or a file that is not complete
    users.update(saved["users"])
    preferences.update(saved["preferences"])
    points.update(saved["points"])


def save_again_and_again():
    while True:
        time.sleep(SNAPSHOT_SECONDS)
        try:
            save_snapshot()
        except (OSError, RuntimeError) as error:
            print("no snapshot this time: %s" % error, flush=True)


# --- the sessions -----------------------------------------------------------


def new_session_id():
    return secrets.token_urlsafe(16)


def sign(session_id):
    # So that nobody can make up a session id of their own.
    return hmac.new(SECRET, session_id.encode(), hashlib.sha256).hexdigest()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keep connections open
    wbufsize = -1  # send headers and body in one go
    disable_nagle_algorithm = True

    # --- the pages ---------------------------------------------------------

    def home(self):
        self.reply(200, HELP)

    def healthz(self):
        self.reply(200, {"status": "ok"})

    def readyz(self):
        self.reply(200, {"status": "ready"})

    def register(self):
        name, password = self.credentials()
        if name is None:
            return
        if name in users:
            self.reply(409, {"error": "name taken"})
            return
        users[name] = password
        preferences[name] = {}
        points[name] = 0
        self.reply(201, {"username": name})

    def login(self):
        name, password = self.credentials()
        if name is None:
            return
        if users.get(name) != password:
            self.reply(401, {"error": "wrong username or password"})
            return
        session_id = new_session_id()
        sessions[session_id] = name
        token = session_id + "." + sign(session_id)
        self.reply(200, {"token": token, "token_type": "Bearer", "expires_in": SESSION_SECONDS})

    def get_preferences(self):
        name = self.session()
        if name:
            self.reply(200, preferences[name], {"ETag": etag(preferences[name])})

    def put_preferences(self):
        name = self.session()
        if not name:
            return
        wanted = self.json_object()
        if wanted is None:
            return
        condition = self.headers.get("If-Match")
        if condition not in (None, "*", etag(preferences[name])):
            self.reply(412, {"error": "somebody else changed it"})
            return
        preferences[name] = wanted
        self.reply(200, wanted, {"ETag": etag(wanted)})

    def add_points(self):
        name = self.session()
        if not name:
            return
        key = self.headers.get("Idempotency-Key")
        if not key:
            self.reply(400, {"error": "send an Idempotency-Key, please"})
            return
        wanted = self.json_object()
        if wanted is None:
            return
        delta = wanted.get("delta")
        if type(delta) is not int or not 0 <= delta <= 1000000:
            self.reply(422, {"error": "delta must be a number from 0 to a million"})
            return
        if (name, key) in added:
            before, total = added[name, key]
            if before != delta:
                self.reply(409, {"error": "this key was for another delta"})
                return
            self.reply(200, {"total": total})  # the same answer as the first time
            return
        points[name] += delta
        added[name, key] = (delta, points[name])
        self.reply(200, {"total": points[name]})

    def logout(self):
        if self.session():
            del sessions[self.session_id]
            self.reply(204)

    # --- who is asking? ----------------------------------------------------

    def session(self):
        """Returns the name of whoever is asking, or answers and returns None."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            self.reply(401, {"error": "token required"}, {"WWW-Authenticate": "Bearer"})
            return None
        self.session_id, _, signature = token.partition(".")
        name = sessions.get(self.session_id)
        if not name or not hmac.compare_digest(sign(self.session_id), signature):
            challenge = 'Bearer error="invalid_token"'
            self.reply(401, {"error": "invalid token"}, {"WWW-Authenticate": challenge})
            return None
        self.user = name
        return name

    # --- reading and writing -----------------------------------------------

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

    def credentials(self):
        """Returns name and password of the body, or answers; then both are None."""
        fields = self.json_object()
        if fields is None:
            return None, None
        name, password = fields.get("username"), fields.get("password")
        if not isinstance(name, str) or not isinstance(password, str) or not name or not password:
            self.reply(422, {"error": "username and password, please"})
            return None, None
        self.user = name
        return name, password

    def reply(self, status, body=None, headers=()):
        text = body if isinstance(body, str) else json.dumps(body)
        data = b"" if status == 204 else text.encode()
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        if status != 204:
            kind = "text/plain; charset=utf-8" if isinstance(body, str) else "application/json"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        path = urlsplit(self.path).path
        # One write for the whole line: the lines of two threads must not mix.
        print("%s %s user=%s -> %d\n" % (self.command, path, self.user, status), end="", flush=True)

    def handle_request(self):
        self.user = "-"
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        page = PAGES.get((self.command, urlsplit(self.path).path))
        if page:
            page(self)
        else:
            self.reply(404, {"error": "no such page"})

    do_GET = do_POST = do_PUT = handle_request

    def log_message(self, *args):
        pass  # `reply` prints a line of our own


def etag(document):
    return '"%s"' % hashlib.sha256(json.dumps(document).encode()).hexdigest()[:16]


PAGES = {
    ("GET", "/"): Handler.home,
    ("GET", "/healthz"): Handler.healthz,
    ("GET", "/readyz"): Handler.readyz,
    ("POST", "/register"): Handler.register,
    ("POST", "/login"): Handler.login,
    ("GET", "/preferences"): Handler.get_preferences,
    ("PUT", "/preferences"): Handler.put_preferences,
    ("POST", "/points"): Handler.add_points,
    ("POST", "/logout"): Handler.logout,
}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


def stop(*_):
    print("goodbye", flush=True)
    os._exit(0)


if __name__ == "__main__":
    load_snapshot()
    threading.Thread(target=save_again_and_again, daemon=True).start()
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print("listening on http://%s:%d" % (HOST, PORT), flush=True)
    Server((HOST, PORT), Handler).serve_forever()
