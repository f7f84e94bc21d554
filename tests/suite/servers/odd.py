"""A small server whose every path misbehaves in its own way. Standard library only.

    python3 odd.py MODE [MARK]

MODE says how it starts; MARK is ignored and only makes the process easy to find.
"""

import base64
import http.client
import json
import os
import signal
import socket
import sqlite3
import struct
import sys
import threading
import time
import urllib.parse

ESC = "\x1b"
HOSTILE = ESC + "[2J" + ESC + "[31mred" + ESC + "]8;;http://evil.example/" + ESC + "\\link ]]> \n::error::fake\n"

lock = threading.Lock()
counts = {}
kept = []
owners = {}


def tables():
    """The tables of the database, if there is one."""
    path = os.environ.get("DATABASE_URL", "").removeprefix("sqlite://")
    if not os.path.exists(path):
        return []
    with sqlite3.connect(path) as database:
        return [name for name, in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]


def bump(key):
    with lock:
        counts[key] = counts.get(key, 0) + 1
        return counts[key]


# Headers that differ from client to client and from run to run.
OWN = ("host", "user-agent", "accept", "accept-encoding", "connection", "content-length")


def fetched(request):
    """What the origin answers to the rest of the path, passed on as it came, or 502."""
    host = urllib.parse.urlsplit(os.environ["ORIGIN_URL"])
    heads = {n: v for n, v in request.headers if n.lower() not in OWN}
    try:
        origin = http.client.HTTPConnection(host.hostname, host.port, timeout=2)
        origin.request(request.method, request.target.removeprefix("/via"), headers=heads)
        got = origin.getresponse()
        body = got.read()
        origin.close()
    except (OSError, http.client.HTTPException):
        return 502, "no origin"
    leave = ("content-length", "transfer-encoding", "connection")
    marks = [("Age", "7"), ("Cache-Status", "outer; hit, odd; fwd=uri-miss; stored; ttl=-3")]
    return got.status, body, [(n, v) for n, v in got.getheaders() if n.lower() not in leave] + marks


def record(request):
    """Appends the request to the file that ODD_RECORD names, one line of JSON for each."""
    path = os.environ.get("ODD_RECORD")
    if path:
        heads = sorted([n.lower(), v] for n, v in request.headers if n.lower() not in OWN)
        body = request.body.decode("utf-8", "backslashreplace")
        line = json.dumps([request.method, request.target, heads, body])
        with lock, open(path, "a", encoding="utf-8") as file:
            file.write(line + "\n")


class Request:
    def __init__(self, method, target, headers, body):
        self.method = method
        self.target = target
        self.path, _, query = target.partition("?")
        self.query = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
        self.headers = headers
        self.body = body

    def header(self, name):
        return next((v for n, v in self.headers if n.lower() == name), "")


def read_request(file):
    line = file.readline(65536)
    if not line.strip():
        return None
    method, target, _ = line.decode("latin-1").split(" ", 2)
    headers = []
    while True:
        line = file.readline(65536)
        if line in (b"\r\n", b"\n", b""):
            break
        name, _, value = line.decode("latin-1").partition(":")
        headers.append((name.strip(), value.strip()))
    length = next((int(v) for n, v in headers if n.lower() == "content-length"), 0)
    return Request(method, target, headers, file.read(length) if length else b"")


def answer(sock, status, body, headers=(), manner="plain"):
    """Writes one answer; says whether the connection stays open."""
    if isinstance(body, (dict, list)):
        body = json.dumps(body, ensure_ascii=False)
        headers = [("Content-Type", "application/json"), *headers]
    if isinstance(body, str):
        body = body.encode("utf-8", "surrogateescape")
    version = "HTTP/1.0" if manner == "http10" else "HTTP/1.1"
    headers = list(headers)
    if manner in ("http10", "close"):
        headers.append(("Connection", "close"))
    if manner == "chunked":
        headers.append(("Transfer-Encoding", "chunked"))
        parts = [body[i : i + 3] for i in range(0, len(body), 3)]
        body = b"".join(b"%x;x=y\r\n%s\r\n" % (len(p), p) for p in parts) + b"0\r\n\r\n"
    elif manner != "http10":
        headers.append(("Content-Length", str(len(body))))
    if manner == "lower":
        headers = [(n.lower(), v) for n, v in headers]
    head = "%s %d OK\r\n" % (version, status) + "".join("%s: %s\r\n" % pair for pair in headers) + "\r\n"
    data = head.encode("latin-1", "surrogateescape") + body
    if manner == "cut":
        sock.sendall(data[:-4])
        return False
    if manner == "late":
        sock.sendall(data[: len(head)])
        time.sleep(0.2)
        sock.sendall(data[len(head) :])
        return True
    if manner == "dribble":
        for i in range(0, len(data), 7):
            sock.sendall(data[i : i + 7])
            time.sleep(0.0005)
    else:
        sock.sendall(data)
    return manner not in ("http10", "close")


def json_or_nothing(request):
    try:
        return json.loads(request.body or b"null")
    except ValueError:
        return None


def misbehave(sock, request):
    """The paths that never answer as they should; None for those that do."""
    path = request.path
    if path == "/exit":
        os._exit(0)
    elif path == "/silent":
        time.sleep(600)
    elif path == "/drip":
        sock.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            sock.sendall(b"x")
            time.sleep(0.05)
    elif path == "/huge":
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (1 << 30))
        chunk = b"a" * 65536
        for _ in range((1 << 30) // len(chunk)):
            sock.sendall(chunk)
    elif path == "/endless":
        sock.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            sock.sendall(b"1\r\na\r\n")
            time.sleep(0.05)
    elif path == "/early":
        pass
    elif path == "/reset":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif path == "/short":
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
    elif path == "/liar":
        sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc")
        time.sleep(600)
    elif path == "/status-line":
        sock.sendall(b"HTTP/1.1 200OK\r\nContent-Length: 2\r\n\r\nok")
    elif path == "/tls":
        sock.sendall(b"\x15\x03\x01\x00\x02\x02\x46")
    else:
        return None
    return False


def behave(sock, request, manner):
    def say(status, body, headers=()):
        return answer(sock, status, body, headers, manner)

    path, method = request.path, request.method
    if path == "/healthz":
        return say(200, "ok")
    if path == "/cut":
        return answer(sock, 200, "0123456789", manner="cut")
    if path == "/late":
        return answer(sock, 200, "0123456789", manner="late")
    if path == "/ok":
        return say(200, {"ok": True, "instance": os.environ.get("INSTANCE", "")})
    if path == "/work":
        began = time.thread_time()
        while time.thread_time() - began < 10:
            pass
        return say(200, {"worked": True})
    if path == "/loop":
        return say(302, "", [("Location", "/loop")])
    if path == "/echo":
        heads = {n.lower(): v.encode("latin-1").decode("utf-8", "replace") for n, v in request.headers}
        body = request.body.decode("utf-8", "replace")
        return say(200, {"method": method, "target": request.target, "headers": heads, "body": body})
    if path == "/hostile":
        print(HOSTILE, flush=True)
        sys.stdout.buffer.write(b"\xff\xfe raw bytes\n")
        sys.stdout.flush()
        return say(200, HOSTILE.encode() + b"\xff\xfe", [("X-Odd", "a]]>b::error::\x9b31m")])
    if path == "/leak":
        secret = os.environ.get("JWT_SECRET", "")
        token = counts.get("token-text") or ""
        forms = []
        for value in (secret, token):
            forms += [value, base64.b64encode(value.encode()).decode(), urllib.parse.quote(value, safe="")]
        print("leaking", *forms, flush=True)
        return say(200, {"leak": forms})
    if path == "/token":
        with lock:
            counts.setdefault("token-text", "s3cr+t/" + os.urandom(12).hex())
        return say(200, {"token": counts["token-text"]})
    if path == "/private":
        with lock:
            good = request.header("authorization") == "Bearer " + str(counts.get("token-text"))
        return say(200 if good else 401, {"good": good})
    if path.startswith(("/via/", "/v/")):
        return say(*fetched(request))
    if path == "/tell":
        return say(200, {"database": os.environ.get("DATABASE_URL", "").removeprefix("sqlite://")})
    if path == "/eat":
        kept.append(bytearray(os.urandom(1) * 30_000_000))
        return say(200, {"kept": len(kept)})
    if path == "/tables":
        return say(200, {"tables": counts["tables"]})
    if path == "/count":
        return say(200, {"count": bump(request.query.get("key", ""))})
    if path == "/flaky":
        return say(200 if bump("flaky") >= 4 else 503, {})
    if path == "/once":
        with lock:
            mine = request.query.get("key", "")
            first = mine not in owners
            owners[mine] = True
        return say(201 if first else 409, {})
    if path == "/items" and method == "POST":
        number = bump("items")
        with lock:
            owners[str(number)] = json_or_nothing(request)
        return say(201, {"id": number, "code": "code-%d" % number}, [("Location", "/items/%d" % number)])
    if path.startswith("/items/"):
        with lock:
            item = owners.get(path.rsplit("/", 1)[1])
        return say(200 if item is not None else 404, item or {"error": "not found"})
    if path == "/cookie":
        return say(200, {}, [("Set-Cookie", "sid=abc123; Path=/; HttpOnly")])
    if path == "/whoami":
        return say(200, {"sid": "sid=abc123" in request.header("cookie")})
    return say(404, {"error": "not found"})


def handle(sock, mode):
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    file = sock.makefile("rb")
    try:
        while True:
            request = read_request(file)
            if request is None:
                return
            if request.path != "/healthz":
                record(request)
            stays = misbehave(sock, request)
            if stays is None:
                stays = behave(sock, request, mode)
            if not stays:
                return
            if mode == "idle":
                # The next request has one millisecond to come.
                sock.settimeout(0.001)
                try:
                    if not file.peek(1):
                        return
                finally:
                    sock.settimeout(None)
    except (OSError, ValueError):
        pass
    finally:
        file.close()
        sock.close()


def health_only(sock, mode):
    """The ways in which a server is not ready."""
    try:
        if mode == "silent":
            time.sleep(600)
        sock.recv(65536)
        if mode == "drip":
            sock.sendall(b"HTTP/1.1 200 OK\r\n")
            while True:
                sock.sendall(b"x")
                time.sleep(0.05)
        elif mode == "status-line":
            sock.sendall(b"HTTP/1.1 200OK\r\nContent-Length: 2\r\n\r\nok")
        elif mode == "no-healthz":
            sock.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 18\r\n\r\nCannot GET \x1b[31m it")
    except OSError:
        pass
    finally:
        sock.close()


def listen(host, port):
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((host, port))
    sock.listen(64)
    return sock


def main():
    mode = sys.argv[1] if len(sys.argv) > 1 else "serve"
    counts["tables"] = tables()
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "0"))
    if mode == "exits":
        print("reading settings", flush=True)
        print("the last line: no such table " + ESC + "[31musers", file=sys.stderr, flush=True)
        sys.exit(3)
    if mode == "never":
        print("waiting for something", flush=True)
        time.sleep(600)
    if mode == "fork-and-exit" or mode == "fork-and-serve":
        if os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            os.setsid()
            time.sleep(600)
            os._exit(0)
        if mode == "fork-and-exit":
            sys.exit(0)
    if mode == "other-port":
        port = 0
    if mode == "ipv6":
        host = "::1"
    listener = listen(host, port)
    print("listening on %d" % listener.getsockname()[1], flush=True)
    odd = mode in ("silent", "drip", "status-line", "no-healthz", "closes")
    while True:
        sock, _ = listener.accept()
        threading.Thread(target=health_only if odd else handle, args=(sock, mode), daemon=True).start()


if __name__ == "__main__":
    main()
