"""The way to the mini-internet: which loopback port stands for which address.

Addresses such as 192.0.2.1 are reserved for documentation (RFC 5737); nothing
real has them. `NET_MAP` says where each of them is on this machine. Whatever it
does not name is a place where nobody lives: we must not knock there for real.
"""

import json
import socket


class Failure(Exception):
    """Why there is no page: `certificate`, `name-not-found`, `connect`, or `timeout`."""

    def __init__(self, error, detail):
        super().__init__(detail)
        self.error = error


class Network:
    """Opens sockets to addresses of the mini-internet."""

    def __init__(self, net_map):
        self._map = json.loads(net_map)

    def udp(self, ip, port):
        """A socket that sends to this address, and hears this address only."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            # Connected: the system drops what others send here (RFC 5452,
            # section 9.1). And each socket gets a port of its own, at random.
            sock.connect(self._real("udp", ip, port))
        except OSError:
            sock.close()
            raise
        return sock

    def tcp(self, ip, port, timeout):
        """A connection. Raises `OSError` when nobody is there."""
        sock = socket.create_connection(self._real("tcp", ip, port), timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def _real(self, transport, ip, port):
        place = self._map.get("%s/%s:%d" % (transport, ip, port))
        if place is None:
            raise ConnectionRefusedError("nobody has the address %s port %d" % (ip, port))
        host, _, port = place.rpartition(":")
        return host, int(port)
