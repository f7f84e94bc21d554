"""`exp` is issued and never looked at.

A broken server for the tests of the checks; its `expect.toml` says which of them must notice.
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import sqlite3
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ.get("JWT_SECRET", "").encode()
ISSUER = os.environ.get("JWT_ISSUER", "preferences")
AUDIENCE = os.environ.get("JWT_AUDIENCE", "preferences")
LIFETIME = int(os.environ.get("JWT_TTL_SECONDS", "900"))
DATABASE = os.environ.get("DATABASE_URL", "").partition("://")[2]
ADDRESS = (os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "3000")))

SCHEMA = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS users (
    name TEXT PRIMARY KEY, password TEXT, preferences TEXT DEFAULT '{}', version INTEGER DEFAULT 0
);
CREATE TABLE IF NOT EXISTS logged_out (jti TEXT PRIMARY KEY);
COMMIT;
"""


class Answer(Exception):
    """An answer that ends the request."""

    def __init__(self, status, body=None, headers=()):
        super().__init__(status)
        self.status, self.body, self.headers = status, body, dict(headers)


def unauthorized(error, challenge="Bearer"):
    return Answer(401, {"error": error}, {"WWW-Authenticate": challenge})


# --- the database ------------------------------------------------------------


def query(statement, *values):
    """Runs one statement; returns its first row and how many rows it changed."""
    database = sqlite3.connect(DATABASE, timeout=10, isolation_level=None)
    try:
        cursor = database.execute(statement, values)
        return cursor.fetchone(), cursor.rowcount
    finally:
        database.close()


def create_tables():
    deadline = time.monotonic() + 10
    while True:
        database = sqlite3.connect(DATABASE, timeout=10, isolation_level=None)
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.executescript(SCHEMA)
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        finally:
            database.close()


# --- passwords ---------------------------------------------------------------


def digest(password, salt):
    # Cheap, because the tests run many of these servers.
    return hashlib.scrypt(password.encode(), salt=bytes.fromhex(salt), n=2**11, r=8, p=1).hex()


def hash_password(password):
    salt = secrets.token_hex(16)
    return salt + ":" + digest(password, salt)


def matches(password, stored):
    salt, _, right = stored.partition(":")
    return hmac.compare_digest(digest(password, salt), right)


# --- tokens ------------------------------------------------------------------


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(part):
    data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if encode(data) != part:
        raise ValueError("an odd spelling")
    return data


def sign(text):
    return hmac.new(SECRET, text.encode(), hashlib.sha256).digest()


def issue(name):
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": name,
        "iat": now,
        "exp": now + LIFETIME,
        "jti": secrets.token_hex(16),
    }
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    signed = ".".join(encode(json.dumps(part).encode()) for part in parts)
    return signed + "." + encode(sign(signed))


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def verify(token):
    """Returns the claims of a good token; raises ValueError for any other."""
    header, claims, signature = token.split(".")
    if json.loads(decode(header)).get("alg") != "HS256":
        raise ValueError("another algorithm")
    if not hmac.compare_digest(sign(header + "." + claims), decode(signature)):
        raise ValueError("a wrong signature")
    claims = json.loads(decode(claims))
    now = time.time()
    if not is_number(claims.get("nbf", 0)) or claims.get("nbf", 0) > now:
        raise ValueError("not valid yet")
    audience = claims.get("aud")
    if claims.get("iss") != ISSUER or AUDIENCE not in (audience, *(audience or ())):
        raise ValueError("for somebody else")
    if not claims.get("sub") or not claims.get("jti"):
        raise ValueError("names nobody")
    return claims


# --- the service -------------------------------------------------------------


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def health(self):
        return Answer(200, {"status": "ok"})

    def register(self):
        name, password = self.credentials()
        try:
            query("INSERT INTO users (name, password) VALUES (?, ?)", name, hash_password(password))
        except sqlite3.IntegrityError:
            return Answer(409, {"error": "taken"})
        return Answer(201, {"username": name})

    def login(self):
        name, password = self.credentials()
        row, _ = query("SELECT password FROM users WHERE name = ?", name)
        if not row or not matches(password, row[0]):
            return unauthorized("wrong username or password")
        return Answer(200, {"token": issue(name), "token_type": "Bearer", "expires_in": LIFETIME})

    def read_preferences(self):
        name, _ = self.authenticate()
        row, _ = query("SELECT preferences, version FROM users WHERE name = ?", name)
        return Answer(200, json.loads(row[0]), {"ETag": '"%d"' % row[1]})

    def write_preferences(self):
        name, _ = self.authenticate()
        text = json.dumps(self.json_object())
        condition = self.headers.get("If-Match")
        _, changed = query(
            "UPDATE users SET preferences = ?1, version = version + 1"
            " WHERE name = ?2 AND (?3 IS NULL OR ?3 = '*' OR ?3 = '\"' || version || '\"')",
            text,
            name,
            condition,
        )
        return Answer(204 if changed else 412, {"error": "changed meanwhile"})

    def logout(self):
        _, claims = self.authenticate()
        query("INSERT OR IGNORE INTO logged_out VALUES (?)", claims["jti"])
        return Answer(204)

    def stats(self):
        _, claims = self.authenticate()
        if claims.get("role") != "admin":
            return Answer(403, {"error": "for admins only"})
        return Answer(200, {"users": query("SELECT count(*) FROM users")[0][0]})

    ROUTES = {
        "GET /healthz": health,
        "POST /register": register,
        "POST /login": login,
        "GET /preferences": read_preferences,
        "PUT /preferences": write_preferences,
        "POST /logout": logout,
        "GET /admin/stats": stats,
    }

    def authenticate(self):
        """Returns the user's name and the claims, or answers 401."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise unauthorized("a token is required")
        try:
            claims = verify(token)
        except ValueError:
            raise unauthorized("invalid token", 'Bearer error="invalid_token"') from None
        if query("SELECT 1 FROM logged_out WHERE jti = ?", claims["jti"])[0]:
            raise unauthorized("logged out", 'Bearer error="invalid_token"')
        if not query("SELECT 1 FROM users WHERE name = ?", claims["sub"])[0]:
            raise unauthorized("nobody", 'Bearer error="invalid_token"')
        return claims["sub"], claims

    def credentials(self):
        fields = self.json_object()
        name, password = fields.get("username"), fields.get("password")
        for text, longest in ((name, 64), (password, 256)):
            if not isinstance(text, str) or not 1 <= len(text) <= longest:
                raise Answer(422, {"error": "needs a username and a password"})
        return name, password

    def json_object(self):
        try:
            value = json.loads(self.body)
        except ValueError:
            raise Answer(400, {"error": "not JSON"}) from None
        if not isinstance(value, dict):
            raise Answer(422, {"error": "not an object"})
        return value

    def answer(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        path = self.path.partition("?")[0]
        method = self.ROUTES.get(self.command + " " + path)
        try:
            answer = method(self) if method else Answer(404, {"error": "no such page"})
        except Answer as raised:
            answer = raised
        body = b"" if answer.status == 204 else json.dumps(answer.body).encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        print("%s %s -> %d" % (self.command, path, answer.status), flush=True)

    do_GET = do_PUT = do_POST = answer

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    if len(SECRET) < 32:
        sys.exit("JWT_SECRET must be set, to 32 bytes or more.")
    create_tables()
    Server(ADDRESS, Handler).serve_forever()
