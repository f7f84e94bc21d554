"""The tracer: opens one page as a browser would, and writes down every hop.

A hop is added by whoever has just done it: the resolver, the connection, the
page. So the report cannot say anything that did not happen.
"""

from collections import namedtuple
from urllib.parse import urljoin, urlsplit

from connection import Connection, path_of, trusting
from network import Failure, Network
from page import Page
from resolver import Resolver

MOST_REDIRECTS = 10
PORTS = {"http": 80, "https": 443}

Origin = namedtuple("Origin", "scheme host port")


class Tracer:
    """What all traces share: the network, whom to trust, and the names we know."""

    def __init__(self, net_map, roots, ca_file):
        self.network = Network(net_map)
        self.resolver = Resolver(self.network, roots)
        self.context = trusting(ca_file)

    def trace(self, url, hops):
        """Opens a page. Adds the hops to `hops`, and returns the `page` of the report."""
        visit = Visit(self, hops)
        try:
            return visit.open(url)
        finally:
            visit.close()


class Visit:
    """One page being opened, with the connections that this takes."""

    def __init__(self, tracer, hops):
        self._tracer = tracer
        self._hops = hops
        self._connections = {}  # one for each origin
        self._number = 0
        self._requests = 0
        self._bytes = 0

    def open(self, url):
        url, response = self._follow(url)
        loaded = set()
        if response.status == 200 and "html" in response.headers.get("Content-Type", ""):
            page = Page(url, response.body.decode(errors="replace"))
            for resource in page.resources:
                if self._load(resource.url):
                    loaded.add(resource.url)
            for event, resource in page.render(loaded):
                self._hops.append({"render": {"event": event, "resource": resource}})
        return {
            "url": url,
            "requests": self._requests,
            "bytes": self._bytes,
            "path": path_of(response),
        }

    def _load(self, url):
        """Gets a file of the page. Returns whether it came; the page goes on without it."""
        try:
            _, response = self._follow(url)
        except Failure:
            return False
        return response.status == 200

    def _follow(self, url):
        """Gets a URL, from wherever it is by now. Returns the last URL and its answer."""
        for _ in range(MOST_REDIRECTS + 1):
            response = self._get(url)
            location = response.headers.get("Location")
            if response.status not in (301, 302, 303, 307, 308) or location is None:
                return url, response
            url = urljoin(url, location)
        raise Failure("connect", "more than %d redirects" % MOST_REDIRECTS)

    def _get(self, url):
        origin = origin_of(url)
        connection = self._connections.pop(origin, None) or self._connect(origin)
        try:
            response = connection.get(url)
        except Failure:
            connection.close()
            raise
        if response.reusable:
            self._connections[origin] = connection
        else:
            connection.close()
        self._requests += 1
        self._bytes += len(response.body)
        return response

    def _connect(self, origin):
        addresses = self._tracer.resolver.addresses(origin.host, self._hops)
        self._number += 1
        return Connection(
            self._tracer.network,
            self._tracer.context,
            origin,
            addresses,
            self._number,
            self._hops,
        )

    def close(self):
        for connection in self._connections.values():
            connection.close()


def origin_of(url):
    """Where a URL leads to. Raises `ValueError` if this is no URL for us."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError("not a URL with http or https: %s" % url)
    return Origin(parts.scheme, parts.hostname.rstrip("."), parts.port or PORTS[parts.scheme])
