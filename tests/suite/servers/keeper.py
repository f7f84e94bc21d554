"""A server that keeps notes in the database of DATABASE_URL, SQLite or PostgreSQL.

    python3 keeper.py FOLDER

FOLDER holds `database.py`, which opens either. PUT / adds a note and its MD5, as careless servers do; GET / counts them.
"""

import hashlib
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

sys.path.insert(0, sys.argv[1])
import database  # noqa: E402

notes = database.open_database(os.environ["DATABASE_URL"])
notes.create("CREATE TABLE IF NOT EXISTS notes (text TEXT, digest TEXT);")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_PUT(self):
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        digest = hashlib.md5(text.encode()).hexdigest()
        self.answer(lambda: notes.change("INSERT INTO notes VALUES (?, ?)", text, digest))

    def do_GET(self):
        if self.path == "/healthz":
            return self.answer(lambda: "ok")
        self.answer(lambda: notes.row("SELECT count(*) FROM notes")[0])

    def answer(self, work):
        try:
            status, body = 200, str(work()).encode()
        except database.Busy as error:
            print("busy:", error, flush=True)
            status, body = 503, b"busy"
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler)
server.daemon_threads = True
server.serve_forever()
