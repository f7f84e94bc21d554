"""The first packet that arrives is taken for the reply, whoever sent it.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import socket

import dns_message
import network
import resolver
import server
import tracer


class Open(network.Network):
    def udp(self, ip, port):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        place = self._real("udp", ip, port)
        sock.bind(("127.0.0.1", 0))
        sock.send = lambda data: sock.sendto(data, place)
        return sock


class Trusting(resolver.Resolver):
    def _over_udp(self, server, id, name):
        with self._network.udp(server, resolver.DNS_PORT) as sock:
            sock.settimeout(resolver.PATIENCE)
            sock.send(dns_message.query(id, name, "A"))
            return dns_message.read(sock.recvfrom(65535)[0])


tracer.Network = Open
tracer.Resolver = Trusting

server.main()
