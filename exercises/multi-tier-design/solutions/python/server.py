"""The edge: the tier between viewers and the origin.

It answers from memory what the origin allows, and asks the origin for the rest,
once for all who wait. The parts: `policy.py` has the rules of HTTP caching,
`store.py` what is kept, `flight.py` what is on its way, `body.py` a body that
many read while it arrives, `ranges.py` parts of it, `origin.py` the way to the
origin, and this file speaks HTTP with the viewers.
"""

import os
import re
import signal
import sys
import threading
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import policy
from body import Body, Broken
from fields import Fields
from flight import Flights, entry_of
from origin import Origin, Silent, Unreachable
from ranges import Unsatisfiable, read_range
from store import Store

LONGEST_BODY = 8 * 1024 * 1024  # of a request
SAFE = {"GET", "HEAD", "OPTIONS", "TRACE"}

# What a 304 repeats of the 200 that it stands for (RFC 9110, section 15.4.5).
NOT_IN_304 = {"content-length", "content-type", "content-encoding", "content-language"}


class Edge(ThreadingHTTPServer):
    """Listens, and holds what all requests share."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, address, name, origin, store):
        self.name = name
        self.origin = origin
        self.store = store
        self.flights = Flights(origin, store)
        super().__init__(address, Handler)

    def handle_error(self, request, client_address):
        # A client that hangs up is not worth a traceback.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection; its methods answer one request at a time."""

    protocol_version = "HTTP/1.1"  # keep the connection open
    wbufsize = -1  # send headers and the beginning of the body together
    disable_nagle_algorithm = True  # and send them at once
    timeout = 120  # hang up on silent clients

    def do_GET(self):
        if self.path == "/healthz":
            return self.send_short(200, "ok\n")
        if self.command == "HEAD":
            return self.head()
        return self.get()

    do_HEAD = do_GET

    def get(self):
        """Answers from the store, from a flight, or from the origin directly."""
        request = self.request_fields()
        for _ in range(3):  # what has landed may vary, or be for somebody else
            entry = self.server.store.find(self.path, request)
            if entry is not None and entry.is_fresh():
                return self.send_entry(entry, request, "hit")
            flight, is_ours = self.server.flights.join(self.path, request)
            if flight is None:
                continue
            flight.wait()
            if flight.failure is not None:
                return self.send_failure(flight, request)
            if is_ours and flight.response is not None:
                return self.send_ours(flight, request)
            if flight.fits(request):
                return self.send_landed(flight, is_ours, request)
            if flight.response is not None:
                break  # it is for somebody else, and the next one would be as well
        return self.forward(request, "fwd=miss")

    def head(self):
        request = self.request_fields()
        entry = self.server.store.find(self.path, request)
        if entry is not None and entry.is_fresh():
            return self.send_entry(entry, request, "hit")
        return self.forward(request, "fwd=miss")

    def write(self):
        """Passes on a request that is to change something."""
        body = self.read_body()
        if body is None:
            self.close_connection = True  # the rest of it would be taken for a request
            return self.send_short(413, "send a Content-Length of at most 8 MiB\n")
        response = self.forward(self.request_fields(), "fwd=method", body)
        if response is not None and response.status < 400 and self.command not in SAFE:
            self.server.flights.invalidate(self.path)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = write

    # --- from what is known -------------------------------------------------

    def send_landed(self, flight, is_ours, request):
        entry = flight.entry
        if entry.status >= 500 and flight.stale is not None and flight.stale.may_serve_stale():
            how = "fwd=stale; fwd-status=%d" % entry.status
            return self.send_entry(flight.stale, request, how)
        how = "fwd=%s" % ("uri-miss" if flight.stale is None else "stale")
        if flight.was_unchanged:
            how += "; fwd-status=304"
        if not is_ours:
            how += "; collapsed"
        return self.send_entry(entry, request, how)

    def send_failure(self, flight, request):
        if flight.stale is not None and flight.stale.may_serve_stale():
            return self.send_entry(flight.stale, request, "fwd=stale; detail=origin-failed")
        return self.send_gateway_error(flight.failure)

    def send_entry(self, entry, request, how):
        """Sends an entry: all of it, a part, or that the client has it already."""
        fields = entry.fields.with_also(("Age", str(int(entry.age()))))
        if entry.status != 200:
            return self.send_part(entry, entry.status, fields, how, 0, entry.body.length)
        if policy.is_unchanged(request, fields):
            return self.send_head(304, fields.without(NOT_IN_304), how)
        fields = fields.replaced_by([("Accept-Ranges", "bytes")])
        wanted = None
        if self.command == "GET" and policy.is_same_for_range(request, fields):
            try:
                wanted = read_range(request.get("range"), entry.body.length)
            except Unsatisfiable:
                headers = [("Content-Range", "bytes */%d" % entry.body.length)]
                return self.send_short(416, "no such range\n", headers, how)
        if wanted is None:
            return self.send_part(entry, 200, fields, how, 0, entry.body.length)
        first, end = wanted
        where = ("Content-Range", "bytes %d-%d/%d" % (first, end - 1, entry.body.length))
        fields = fields.without({"content-length"}).with_also(where)
        return self.send_part(entry, 206, fields, how, first, end)

    def send_part(self, entry, status, fields, how, first, end):
        self.send_head(status, fields.replaced_by([("Content-Length", str(end - first))]), how)
        if self.command == "HEAD":
            return
        try:
            for piece in entry.body.read(first, end):
                self.wfile.write(piece)
                self.wfile.flush()
        except Broken:
            self.break_off()

    # --- from the origin, for this client alone -----------------------------

    def forward(self, request, how, body=b""):
        """Sends the request to the origin, and its response to the client."""
        try:
            response = self.server.origin.fetch(self.command, self.path, request, body)
        except (Silent, Unreachable) as failure:
            return self.send_gateway_error(failure)
        self.pass_through(response, how)
        return response

    def send_ours(self, flight, request):
        """Sends a response of unknown length or one that is not for others."""
        response = flight.response
        if response.status >= 500 and flight.stale is not None and flight.stale.may_serve_stale():
            response.close()
            how = "fwd=stale; fwd-status=%d" % response.status
            return self.send_entry(flight.stale, request, how)
        keeps = response.length is None and policy.may_store(
            request, response.status, response.fields
        )
        pieces = self.pass_through(response, "fwd=uri-miss", keeps)
        if pieces is not None and response.is_whole:
            body = Body(sum(map(len, pieces)))
            for piece in pieces:
                body.add(piece)
            entry = entry_of(self.path, response.status, response.fields, body, response.delay)
            self.server.flights.keep(flight, entry)

    def pass_through(self, response, how, keeps=False):
        """Sends a response as it comes. Returns its pieces, if they are to be kept."""
        fields, pieces, size = response.fields, [], 0
        is_chunked = response.length is None and self.request_version != "HTTP/1.0"
        if is_chunked:
            fields = fields.with_also(("Transfer-Encoding", "chunked"))
        elif response.length is None:
            self.close_connection = True  # the end of the connection ends the body
        try:
            self.send_head(response.status, fields, how)
            for piece in response.pieces():
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if is_chunked else piece)
                self.wfile.flush()
                size += len(piece)
                keeps = keeps and size <= self.server.store.most_bytes
                if keeps:
                    pieces.append(piece)
                else:
                    pieces.clear()
            if response.is_broken:
                self.break_off()
            elif is_chunked:
                self.wfile.write(b"0\r\n\r\n")
        finally:
            response.close()
        return pieces if keeps else None

    # --- HTTP ---------------------------------------------------------------

    def request_fields(self):
        fields = Fields(self.headers.items()).end_to_end()
        return fields.with_also(("Via", "1.1 " + self.server.name))

    def read_body(self):
        """Returns the body of the request, or None if it cannot be passed on."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not re.fullmatch(r"[0-9]{1,9}", length):
            return None
        return self.rfile.read(int(length)) if int(length) <= LONGEST_BODY else None

    def send_head(self, status, fields, how):
        self.send_response_only(status, responses.get(status, "Status"))
        for name, value in fields:
            self.send_header(name, value)
        if "date" not in fields:
            self.send_header("Date", self.date_time_string())
        self.send_header("Via", "1.1 " + self.server.name)
        if how:
            self.send_header("Cache-Status", "%s; %s" % (self.server.name, how))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        path = re.sub(r"[^\x21-\x7e]", "?", self.path)
        # One write for the whole line: the lines of two threads must not mix.
        print("%s %s -> %d %s\n" % (self.command, path, status, how), end="", flush=True)

    def send_short(self, status, text, headers=(), how=""):
        """Sends an answer of the edge itself."""
        body = text.encode()
        length = ("Content-Length", str(len(body)))
        kind = ("Content-Type", "text/plain; charset=utf-8")
        self.send_head(status, Fields([*headers, kind, length, ("Cache-Control", "no-store")]), how)
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_gateway_error(self, failure):
        status = 504 if isinstance(failure, Silent) else 502
        self.send_short(status, "the origin gives no answer\n", how="fwd=miss")

    def break_off(self):
        """Ends the connection, so that nobody takes what came for all of it."""
        self.close_connection = True

    def log_message(self, *_):
        """`send_head` above prints the line of a request."""


def main():
    try:
        patience = int(os.environ.get("ORIGIN_TIMEOUT_MS") or 3000) / 1000
        origin = Origin(os.environ.get("ORIGIN_URL", ""), patience)
        store = Store(int(os.environ.get("CACHE_MAX_BYTES") or 64 * 1024 * 1024))
        address = (os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "3000")))
        edge = Edge(address, os.environ.get("EDGE_NAME") or "edge", origin, store)
    except (ValueError, OSError) as error:
        sys.exit("Cannot start: %s" % error)

    # `shutdown` waits for the loop below, so it needs a thread of its own.
    def stop(*_):
        threading.Thread(target=edge.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    print("listening on http://%s:%d" % address, flush=True)
    edge.serve_forever(poll_interval=0.1)
    edge.server_close()


if __name__ == "__main__":
    main()
