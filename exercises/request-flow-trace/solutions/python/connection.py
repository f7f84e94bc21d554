"""Connections: TCP, TLS over it, and HTTP over that, each reported as a hop.

TLS comes before HTTP. When the certificate is not right, the connection ends
there, and the other side has not seen one byte of a request.
"""

import http.client
import re
import ssl
import time
from collections import namedtuple
from urllib.parse import urlsplit

from network import Failure

CONNECT_SECONDS = 3
ANSWER_SECONDS = 5
LARGEST_BODY = 16 * 1024 * 1024

Response = namedtuple("Response", "status headers body reusable")


class Connection:
    """One connection to one origin, for as many requests as it lasts."""

    def __init__(self, network, context, origin, addresses, number, hops):
        self.number = number
        self._hops = hops
        self._sock = self._connect(network, addresses, origin.port)
        if origin.scheme == "https":
            self._sock = self._encrypt(context, origin.host)
        # The library gets a socket that is ready, and must not make others.
        self._http = http.client.HTTPConnection(origin.host, origin.port, timeout=ANSWER_SECONDS)
        self._http.auto_open = 0
        self._http.sock = self._sock

    def _connect(self, network, addresses, port):
        failure = None
        for address in addresses:
            try:
                sock = network.tcp(address, port, CONNECT_SECONDS)
            except TimeoutError as error:
                failure = Failure("timeout", "%s port %d: %s" % (address, port, error))
            except OSError as error:
                failure = failure or Failure("connect", "%s port %d: %s" % (address, port, error))
            else:
                self._hops.append({"tcp": {"ip": address, "port": port, "conn": self.number}})
                return sock
        raise failure

    def _encrypt(self, context, host):
        try:
            sock = context.wrap_socket(self._sock, server_hostname=host)
        except ssl.SSLCertVerificationError as error:
            self._sock.close()
            raise Failure("certificate", "%s: %s" % (host, error.verify_message)) from None
        except OSError as error:
            self._sock.close()
            raise failure_of(error, host) from None
        hop = {
            "conn": self.number,
            "sni": host,
            "alpn": sock.selected_alpn_protocol(),
            "version": sock.version(),
            "serial": sock.getpeercert()["serialNumber"],
            "verified": True,  # or we would not be here: see `trusting`
        }
        self._hops.append({"tls": hop})
        return sock

    def get(self, url):
        """Asks for one URL and reads the whole answer."""
        deadline = time.monotonic() + ANSWER_SECONDS
        parts = urlsplit(url)
        target = (parts.path or "/") + ("?" + parts.query if parts.query else "")
        try:
            self._http.request("GET", target, headers={"Host": parts.netloc, "Accept": "*/*"})
            answer = self._http.getresponse()
            body = read_body(answer, deadline)
        except (OSError, http.client.HTTPException) as error:
            raise failure_of(error, url) from None
        response = Response(answer.status, answer.headers, body, not answer.will_close)
        self._hops.append({"http": self._hop(url, response)})
        return response

    def _hop(self, url, response):
        age = response.headers.get("Age", "")
        return {
            "url": url,
            "conn": self.number,
            "status": response.status,
            "via": header(response, "Via"),
            "age": int(age) if re.fullmatch("[0-9]+", age) else None,
            "cache_status": header(response, "Cache-Status"),
            "server_timing": header(response, "Server-Timing"),
            "bytes": len(response.body),
        }

    def close(self):
        self._http.close()
        self._sock.close()


def trusting(ca_file):
    """A TLS context that trusts this CA and nobody else.

    It is the default of the library that the chain, the dates, and the name are
    verified (RFC 9525). The work is to leave it that way.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(ca_file)
    context.set_alpn_protocols(["http/1.1"])
    return context


def read_body(answer, deadline):
    # The limit on the socket is for each wait. A server that sends one byte at a
    # time would keep us for as long as it likes.
    body = bytearray()
    while piece := answer.read1(65536):
        body += piece
        if time.monotonic() > deadline:
            raise TimeoutError("the answer takes too long")
        if len(body) > LARGEST_BODY:
            raise http.client.HTTPException("the answer is too long")
    if answer.length:
        raise http.client.IncompleteRead(bytes(body), answer.length)
    answer.close()  # the answer; the connection stays open
    return bytes(body)


def failure_of(error, where):
    kind = "timeout" if isinstance(error, TimeoutError) else "connect"
    return Failure(kind, "%s: %s" % (where, error or type(error).__name__))


def header(response, name):
    """The value of a header; several lines of it are one list (RFC 9110, 5.3)."""
    lines = response.headers.get_all(name)
    return ", ".join(lines) if lines else None


def path_of(response):
    """Who handled this request now, from the outside in.

    `Via` names the proxies, the nearest last; `Server-Timing` names those behind
    them. But a cache hands out an answer with all the headers that were stored
    along with it. They are true, of the day on which it was made. Whether that
    was now is what `Cache-Status` says: at a hit, nobody behind was asked.
    """
    proxies = [entry.split()[1] for entry in members(header(response, "Via")) if " " in entry]
    path = proxies[::-1]
    if is_hit(response):
        return path[:1]
    return path + [entry.split(";")[0].strip() for entry in members(header(response, "Server-Timing"))]


def is_hit(response):
    """Whether the nearest cache answered by itself (RFC 9211: the nearest is last)."""
    caches = members(header(response, "Cache-Status"))
    return bool(caches) and "hit" in [part.strip() for part in caches[-1].split(";")[1:]]


def members(value):
    """The members of a list in a header. A comma in quotes separates nothing."""
    return [part.strip() for part in re.findall(r'(?:[^,"]|"(?:\\.|[^"\\])*")+', value or "")]
