"""A server of registers, pairs and points over SQLite, right or wrong in one way. Standard library only.

    python3 register.py MODE

right    every write is one transaction, every read asks the database
cached   keeps what it read for 300 ms, also when the other instance writes
memory   keeps everything in memory and the database in ignorance
late     acknowledges a write and keeps it 300 ms before it writes it
torn     writes the two halves of a pair in two transactions
doubled  forgets idempotency keys
refusing answers 401 to every write
"""

import json
import os
import sqlite3
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODE = sys.argv[1]
PATH = os.environ["DATABASE_URL"].removeprefix("sqlite://")
memory, cache, lock = {}, {}, threading.Lock()


def connect():
    database = sqlite3.connect(PATH, timeout=10, isolation_level=None)
    database.execute("PRAGMA synchronous = FULL")
    return database


def prepare():
    database = connect()
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError:
            # Another instance is changing it at this moment; that waits for nobody.
            time.sleep(0.01)
    database.execute("CREATE TABLE IF NOT EXISTS held (key TEXT PRIMARY KEY, document TEXT)")
    database.execute("CREATE TABLE IF NOT EXISTS points (key TEXT, once TEXT, delta INTEGER, PRIMARY KEY (key, once))")
    database.close()


def store(key, document):
    database = connect()
    database.execute("BEGIN IMMEDIATE")
    database.execute("INSERT OR REPLACE INTO held VALUES (?, ?)", (key, json.dumps(document)))
    database.execute("COMMIT")
    database.close()


def load(key):
    database = connect()
    row = database.execute("SELECT document FROM held WHERE key = ?", (key,)).fetchone()
    database.close()
    return json.loads(row[0]) if row else {}


def put(key, document):
    if MODE == "memory":
        memory[key] = document
    elif MODE == "late":
        with lock:
            memory[key] = document
        threading.Timer(0.3, store, (key, document)).start()
    elif MODE == "torn" and "a" in document:
        store(key, {**load(key), "a": document["a"]})
        time.sleep(0.005)
        store(key, {**load(key), "b": document["b"]})
    else:
        store(key, document)
    cache[key] = (time.monotonic(), document)


def get(key):
    if MODE in ("memory", "late") and key in memory:
        return memory[key]
    if MODE == "cached" and key in cache and time.monotonic() - cache[key][0] < 0.3:
        return cache[key][1]
    document = load(key)
    cache[key] = (time.monotonic(), document)
    return document


def add(key, once, delta):
    database = connect()
    database.execute("BEGIN IMMEDIATE")
    if MODE == "doubled":
        once += str(time.monotonic_ns())
    if delta:
        database.execute("INSERT OR IGNORE INTO points VALUES (?, ?, ?)", (key, once, delta))
    total = database.execute("SELECT COALESCE(SUM(delta), 0) FROM points WHERE key = ?", (key,)).fetchone()[0]
    database.execute("COMMIT")
    database.close()
    if delta and int(once[:6].strip("k") or 0) % 7 == 0 and not hasattr(add, once):
        # Now and then the answer is lost, though the points are there.
        setattr(add, once, True)
        return None
    return {"total": total}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, document=None):
        body = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def document(self):
        return json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")

    def do_GET(self):
        if self.path == "/healthz":
            self.answer(200)
        else:
            self.answer(200, get(self.path))

    def do_PUT(self):
        document = self.document()
        if MODE == "refusing":
            return self.answer(401)
        put(self.path, document)
        self.answer(204)

    def do_POST(self):
        total = add(self.path, self.headers["Idempotency-Key"], self.document()["delta"])
        if total is None:
            self.close_connection = True
            return
        self.answer(200, total)

    def log_message(self, *_):
        pass


prepare()
ThreadingHTTPServer.request_queue_size = 128
ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
