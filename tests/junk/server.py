"""Servers that do nothing right, to show that no check passes by accident.

Started with the name of what it does: `closes`, `fails`, `agrees`, or `echoes`; with
`healthy` before it, as in `healthy-fails`, GET /healthz is answered with 200.
"""

import os
import socketserver
import sys

WAY = sys.argv[1].replace("healthy-", "")
HEALTHY = sys.argv[1].startswith("healthy-")


class Connection(socketserver.StreamRequestHandler):
    def handle(self):
        request = self.rfile.readline()
        if not request:
            return
        length = 0
        while line := self.rfile.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        body = self.rfile.read(length)
        if HEALTHY and b"/healthz" in request:
            self.send(b"200 OK", b"{}")
        elif WAY == "fails":
            self.send(b"500 Internal Server Error", b"{}")
        elif WAY == "agrees":
            self.send(b"200 OK", b"{}")
        elif WAY == "echoes":
            self.send(b"200 OK", body or b"{}")

    def send(self, status, body):
        head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nConnection: close\r\n"
        self.wfile.write(head % status + b"Content-Length: %d\r\n\r\n%s" % (len(body), body))


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


Server((os.environ["HOST"], int(os.environ["PORT"])), Connection).serve_forever()
