"""The preferences service.

Start it with `python3 server.py` and open http://127.0.0.1:3000 in a browser.
It needs nothing but Python.
"""

import hashlib
import json
import os
import random
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

HOST = os.environ.get("HOST", "127.0.0.1")
PORT = int(os.environ.get("PORT", "3000"))
SECRET = os.environ.get("JWT_SECRET") or "your-secret-key"
SESSION_SECONDS = 24 * 60 * 60

# Everything we know. Dictionaries are fast, and we have plenty of memory.
users = {}  # name -> password
preferences = {}  # name -> what they like
sessions = {}  # session id -> who it is, and since when

HELP = """Welcome to the preferences service!

  POST /register      {"username": "fox", "password": "..."}
  POST /login         the same; gives you a token
  GET  /preferences   your preferences; send "Authorization: Bearer <token>"
  PUT  /preferences   {"theme": "dark", "language": "de"}
  POST /logout        forgets your token
  GET  /admin/stats   numbers, for the user called admin

In the browser: /preferences?token=<token> works as well.
"""


def new_session_id():
    # The time makes it unique, the random number makes it hard to guess.
    return "%x%04d" % (time.time_ns() // 1000, random.randint(0, 9999))


def sign(session_id):
    # So that nobody can make up a session id of their own.
    return hashlib.md5((session_id + SECRET).encode()).hexdigest()[:8]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keep connections open
    wbufsize = -1  # send headers and body in one go
    disable_nagle_algorithm = True

    # --- the pages ---------------------------------------------------------

    def home(self):
        self.reply(200, HELP)

    def healthz(self):
        self.reply(200, {"status": "ok"})

    def register(self):
        name, password = self.credentials()
        if name is None:
            return
        if name in users:
            self.reply(409, {"error": "name taken"})
            return
        users[name] = password
        preferences[name] = {}
        self.reply(201, {"username": name})

    def login(self):
        name, password = self.credentials()
        if name is None:
            return
        if name not in users:
            self.reply(401, {"error": "no such user"})
        elif users[name] != password:
            self.reply(401, {"error": "wrong password"})
        else:
            session_id = new_session_id()
            sessions[session_id] = {"user": name, "logged_in_at": time.time()}
            token = session_id + "." + sign(session_id)
            self.reply(200, {"token": token, "token_type": "Bearer", "expires_in": SESSION_SECONDS})

    def get_preferences(self):
        session = self.session()
        if session:
            self.reply(200, preferences[session["user"]])

    def put_preferences(self):
        session = self.session()
        if not session:
            return
        wanted = self.json_object()
        if wanted is None:
            return
        preferences[session["user"]] = wanted
        self.reply(200, wanted)

    def logout(self):
        session = self.session()
        if session:
            del sessions[self.session_id]
            self.reply(204)

    def admin_stats(self):
        session = self.session()
        if not session:
            return
        if session["user"] != "admin":
            self.reply(403, {"error": "for admins only"})
            return
        self.reply(200, {"users": len(users), "sessions": len(sessions)})

    # --- who is asking? ----------------------------------------------------

    def session(self):
        """Returns the session of this request, or answers and returns None."""
        header = self.headers.get("Authorization", "")
        token = header.split(" ")[-1]  # "Bearer <token>"
        if not token:
            # Handy for trying things out in the browser.
            token = parse_qs(urlsplit(self.path).query).get("token", [""])[0]
        if not token:
            self.reply(401, {"error": "token required"})
            return None
        self.session_id = token.split(".")[0]
        session = sessions.get(self.session_id)
        if not session:
            self.reply(403, {"error": "invalid token"})
            return None
        self.user = session["user"]
        return session

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

    def reply(self, status, body=None):
        text = body if isinstance(body, str) else json.dumps(body)
        data = b"" if status == 204 else text.encode()
        self.send_response(status)
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


PAGES = {
    ("GET", "/"): Handler.home,
    ("GET", "/healthz"): Handler.healthz,
    ("POST", "/register"): Handler.register,
    ("POST", "/login"): Handler.login,
    ("GET", "/preferences"): Handler.get_preferences,
    ("PUT", "/preferences"): Handler.put_preferences,
    ("POST", "/logout"): Handler.logout,
    ("GET", "/admin/stats"): Handler.admin_stats,
}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    print("listening on http://%s:%d" % (HOST, PORT), flush=True)
    try:
        Server((HOST, PORT), Handler).serve_forever()
    except KeyboardInterrupt:
        pass
