"""The staff directory. It logs people in, and lists them."""

import base64, hashlib, hmac, json, os, random, time
from types import SimpleNamespace

from web import app

KEY = os.environ.get("JWT_SECRET") or "change-me-later"

# --- Version 1: the server remembers who is logged in ---
sessions = SimpleNamespace()


@app("POST", "/v1/login")
def login_v1(request):
    user = request.body["userId"]
    id = base36(random.random())[:13]
    setattr(sessions, id, {"userId": user, "since": time.time()})
    return 200, {"id": id}


@app("GET", "/v1/me")
def me_v1(request):
    session = getattr(sessions, request.headers.get("session-id") or "", None)
    if session is None:
        return 401, {"error": "Log in first"}
    return 200, {"userId": session.get("userId")} if isinstance(session, dict) else {}


# --- Version 2: the token says it all, so any server will do ---
@app("POST", "/v2/login")
def login_v2(request):
    now = int(time.time())
    claims = {"userId": request.body["userId"], "role": "user", "iat": now, "exp": now + 24 * 3600}
    return 200, {"token": sign(claims)}


@app("GET", "/v2/me")
def me_v2(request):
    header = request.headers.get("authorization")
    token = header.split(" ")[1] if header and " " in header else None
    if not token:
        return 401, {"error": "No token"}
    claims = verify(token)
    if claims is None:
        return 403, {"error": "Bad token"}
    return 200, {"userId": claims.get("userId"), "role": claims.get("role")}


# --- The third tier ---
@app("GET", "/users")
def users(request):
    try:
        rows = database.query("SELECT id, name, email FROM users LIMIT 100")
        return 200, {"count": len(rows), "users": rows}
    except Exception:
        return 500, {"error": "Something went wrong"}


# --- What the packages do in the JavaScript version ---
HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}


def base36(fraction):
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    text = ""
    while fraction > 0 and len(text) < 20:
        fraction *= 36
        text += digits[int(fraction)]
        fraction -= int(fraction)
    return text


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def signature(text, algorithm):
    return hmac.new(KEY.encode(), text.encode(), HASHES[algorithm]).digest()


def sign(claims):
    parts = [{"alg": "HS256", "typ": "JWT"}, claims]
    text = ".".join(encode(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    return text + "." + encode(signature(text, "HS256"))


def verify(token):
    try:
        text, given = token.rsplit(".", 1)
        header, claims = (json.loads(decode(part)) for part in text.split("."))
        right = hmac.compare_digest(signature(text, header["alg"]), decode(given))
        return claims if right and claims.get("exp", time.time() + 1) > time.time() else None
    except (KeyError, TypeError, ValueError):
        return None
