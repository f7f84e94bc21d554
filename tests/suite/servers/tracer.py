"""A tracer of the internet that a check file starts: honest, or wrong in one way (the first argument).

inventing   reports a hop that never was
trusting    verifies no certificate
impatient   takes the first reply to a question, whatever it answers
scanning    asks the name servers of NET_MAP that nobody referred to
"""

import json
import os
import re
import socket
import ssl
import struct
import sys
import time
from http.client import HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urljoin, urlsplit

MODE = sys.argv[1] if len(sys.argv) > 1 else "honest"
NET_MAP = json.loads(os.environ["NET_MAP"])
ROOTS = json.loads(os.environ["ROOT_HINTS"])
CODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 5: "REFUSED"}


class Failed(Exception):
    pass


def place(kind, ip, port):
    known = NET_MAP.get(f"{kind}/{ip}:{port}")
    if known is None:
        raise Failed("connect")
    host, port = known.split(":")
    return host, int(port)


def read_name(data, at):
    labels, end = [], None
    while data[at]:
        if data[at] >= 0xC0:
            end = end or at + 2
            at = (data[at] & 0x3F) << 8 | data[at + 1]
        else:
            labels.append(data[at + 1 : at + 1 + data[at]].decode().lower())
            at += 1 + data[at]
    return ".".join(labels), end or at + 1


def read_message(data):
    ident, flags, *counts = struct.unpack(">HHHHHH", data[:12])
    question, at = read_name(data, 12) if counts[0] else ("", 8)
    at += 4
    sections = []
    for count in counts[1:]:
        records = []
        for _ in range(count):
            _, at = read_name(data, at)
            kind, _, ttl, length = struct.unpack(">HHIH", data[at : at + 10])
            at += 10
            value = None
            if kind == 1:
                value = ".".join(map(str, data[at : at + 4]))
            elif kind in (2, 5):
                value = read_name(data, at)[0]
            records.append((kind, ttl, value))
            at += length
        sections.append(records)
    return {"id": ident, "flags": flags, "question": question, "sections": sections}


class Tracer:
    def __init__(self):
        self.names, self.connections, self.opened = {}, {}, 0

    def ask(self, ip, name, kind):
        ident = int.from_bytes(os.urandom(2), "big")
        labels = b"".join(bytes([len(l)]) + l.encode() for l in name.split("."))
        query = struct.pack(">HHHHHH", ident, 0, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"
        stream = kind == "tcp"
        with socket.socket(type=socket.SOCK_STREAM if stream else socket.SOCK_DGRAM) as s:
            s.settimeout(1)
            try:
                if stream:
                    s.connect(place(kind, ip, 53))
                    s.sendall(struct.pack(">H", len(query)) + query)
                    whole = s.makefile("rb")
                    return read_message(whole.read(struct.unpack(">H", whole.read(2))[0]))
                s.sendto(query, place(kind, ip, 53))
                while True:
                    data, source = s.recvfrom(4096)
                    reply = read_message(data)
                    fits = reply["id"] == ident and reply["question"] == name
                    if MODE == "impatient" or fits and source == place(kind, ip, 53):
                        return reply
            except TimeoutError:
                return None

    def ask_and_tell(self, ip, name):
        for kind in "udp", "tcp":
            reply = self.ask(ip, name, kind)
            records = []
            if reply:
                answers, authority, _ = reply["sections"]
                records = answers or [r for r in authority if r[0] == 2]
            self.hop(
                dns={
                    "server": ip, "transport": kind, "qname": name, "qtype": "A",
                    "rcode": CODES[reply["flags"] & 15] if reply else "TIMEOUT",
                    "answers": [r[2] for r in records],
                    "ttl": min((r[1] for r in records), default=None), "cached": False,
                }
            )
            if not reply or not reply["flags"] & 0x200:
                return reply

    def resolve(self, host):
        addresses, until = self.names.get(host, ([], 0))
        if until > time.monotonic():
            self.hop(
                dns={
                    "server": None, "transport": None, "qname": host, "qtype": "A", "rcode": "NOERROR",
                    "answers": addresses, "ttl": int(until - time.monotonic()), "cached": True,
                }
            )
            return addresses[0]
        name, servers, ttl = host, ROOTS, 1 << 31
        if MODE == "scanning":
            servers = [key[4:-3] for key in NET_MAP if key.startswith("udp") and key[4:-3] not in ROOTS]
        for _ in range(30):
            reply = None
            for ip in servers:
                reply = self.ask_and_tell(ip, name)
                if reply and reply["flags"] & 15 in (0, 3):
                    break
            if not reply:
                raise Failed("timeout")
            if reply["flags"] & 15 == 3:
                raise Failed("name-not-found")
            answers, _, more = reply["sections"]
            ttl = min([ttl] + [r[1] for r in answers])
            addresses = [r[2] for r in answers if r[0] == 1]
            if addresses:
                self.names[host] = addresses, time.monotonic() + ttl
                return addresses[0]
            aliases = [r[2] for r in answers if r[0] == 5]
            if aliases:
                name, servers = aliases[-1], ROOTS
            else:
                servers = [r[2] for r in more if r[0] == 1]
        raise Failed("timeout")

    def connect(self, scheme, host):
        known = self.connections.get((scheme, host))
        if known:
            return known
        port = 443 if scheme == "https" else 80
        ip = self.resolve(host)
        s = socket.create_connection(place("tcp", ip, port), 3)
        self.opened += 1
        self.hop(tcp={"ip": ip, "port": port, "conn": self.opened})
        if scheme == "https":
            context = ssl.create_default_context(cafile=os.environ["CA_FILE"])
            context.set_alpn_protocols(["http/1.1"])
            if MODE == "trusting":
                context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            try:
                s = context.wrap_socket(s, server_hostname=host)
            except ssl.SSLError:
                raise Failed("certificate")
            self.hop(
                tls={
                    "conn": self.opened, "sni": host, "alpn": s.selected_alpn_protocol(), "version": s.version(),
                    "serial": (s.getpeercert() or {}).get("serialNumber", ""), "verified": True,
                }
            )
        self.connections[scheme, host] = s, self.opened
        return s, self.opened

    def get(self, url):
        parts = urlsplit(url)
        s, conn = self.connect(parts.scheme, parts.hostname)
        s.sendall(f"GET {parts.path} HTTP/1.1\r\nHost: {parts.hostname}\r\n\r\n".encode())
        answer = HTTPResponse(s, method="GET")
        answer.begin()
        body, of = answer.read(), answer.getheader
        age = of("age")
        self.hop(
            http={
                "url": url, "conn": conn, "status": answer.status, "via": of("via"),
                "age": None if age is None else int(age), "cache_status": of("cache-status"),
                "server_timing": of("server-timing"), "bytes": len(body),
            }
        )
        return answer, body.decode()

    def hop(self, **hop):
        self.hops.append(hop)

    def render(self, event, *urls):
        for url in urls:
            self.hop(render={"event": event, "resource": url})

    def trace(self, url):
        self.hops = []
        answer, html = self.get(url)
        while 300 <= answer.status < 400:
            url = urljoin(url, answer.getheader("location"))
            answer, html = self.get(url)
        path = [(answer.getheader("cache-status") or "").split(";")[0]]
        if "; hit" not in (answer.getheader("cache-status") or ""):
            path.append((answer.getheader("via") or " ").split(",")[0].split()[-1])
            path += [t.split(";")[0].strip() for t in (answer.getheader("server-timing") or "").split(",")]
        found = {"style": [], "sync": [], "defer": [], "async": [], "image": []}
        for tag in re.findall("<(?:link|script|img)[^>]*>", re.sub("<!--.*?-->", "", html, flags=re.S)):
            kind = "style" if tag.startswith("<link") else "image" if tag.startswith("<img") else "sync"
            for word in "defer", "async":
                kind = word if kind == "sync" and f" {word}" in tag else kind
            found[kind].append(urljoin(url, re.search('(?:src|href)="([^"]*)"', tag)[1]))
        for resource in [one for all in found.values() for one in all]:
            self.get(resource)
        self.render("style", *found["style"])
        self.render("script", *found["sync"])
        self.render("parsed", url)
        self.render("paint", url)
        self.render("script", *found["async"], *found["defer"])
        self.render("image", *found["image"])
        self.render("load", url)
        https = [hop["http"] for hop in self.hops if "http" in hop]
        if MODE == "inventing":
            self.hop(tcp={"ip": "198.51.100.1", "port": 443, "conn": 99})
        return {
            "hops": self.hops,
            "page": {
                "url": url, "requests": len(https), "bytes": sum(h["bytes"] for h in https), "path": path,
            },
        }


TRACER = Tracer()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, {})

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            self.answer(200, TRACER.trace(body["url"]))
        except Failed as failed:
            TRACER.connections.clear()
            self.answer(502, {"error": str(failed)})
        except TimeoutError:
            TRACER.connections.clear()
            self.answer(502, {"error": "timeout"})


if __name__ == "__main__":
    ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
