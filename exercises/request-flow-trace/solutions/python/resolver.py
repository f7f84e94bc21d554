"""The resolver: from a name to addresses, by asking from the root downwards.

It believes a reply only if it comes from whom it asked, with the number and the
question of the query. And of such a reply it believes only what that server may
know: a server of `shop.test` says nothing about `cdn.test`.

What it learns it keeps for as long as the TTL says, for all traces. Two traces
may look and learn at the same time: each entry is whole, and replaced as a whole.
"""

import secrets
import struct
import time
from collections import namedtuple

import dns_message
from network import Failure

DNS_PORT = 53
PATIENCE = 1.0  # seconds for each server
LONGEST_CHAIN = 10  # aliases in a row, and referrals in a row
DEEPEST = 4  # names of name servers that need other names first

# What is known about one name: its alias or its addresses, or that it has none.
Known = namedtuple("Known", "rcode alias addresses expires")

# The servers of a zone: pairs of a name and a list of addresses.
Zone = namedtuple("Zone", "servers expires")

FOREVER = float("inf")


class Resolver:
    """Resolves names, and remembers."""

    def __init__(self, network, roots):
        self._network = network
        self._names = {}
        self._zones = {"": Zone([("root", [address]) for address in roots], FOREVER)}
        self._silent = {}  # who did not answer, and until when they are asked last

    def addresses(self, name, hops, depth=0):
        """Returns the addresses of a name, or raises `Failure`.

        Each query, and each question that the cache answers, is added to `hops`.
        """
        learned = {}
        for _ in range(LONGEST_CHAIN):
            known = learned.get(name) or self._from_cache(name, hops)
            if known is None:
                learned.update(self._walk(name, hops, depth))
                known = learned[name]
            if known.addresses:
                return known.addresses
            if known.alias is None:
                raise Failure("name-not-found", "%s: %s" % (name, known.rcode))
            name = known.alias
        raise Failure("name-not-found", "%s: an alias of an alias, without end" % name)

    def _from_cache(self, name, hops):
        known = self._names.get(name)
        left = known.expires - time.monotonic() if known else 0
        if left <= 0:
            return None
        answers = [known.alias] if known.alias else list(known.addresses)
        hops.append(dns_hop(None, None, name, known.rcode, answers, int(left), cached=True))
        return known

    def _walk(self, name, hops, depth):
        """Asks one zone after the other, down to the one that knows the name.

        Returns all that was learned about names there, with `name` among them.
        """
        zone = self._closest_zone(name)
        for _ in range(LONGEST_CHAIN):
            reply = self._ask(zone, name, hops, depth)
            below = delegation(reply, zone, name)
            if below is None:
                found = what_it_says(reply, zone, name)
                self._names.update(found)
                return found
            self._learn_zone(reply, zone, below)
            zone = below
        raise Failure("name-not-found", "%s: referred from one to the next, without end" % name)

    def _closest_zone(self, name):
        """The deepest zone above this name whose servers we know."""
        while name:
            zone = self._zones.get(name)
            if zone and zone.expires > time.monotonic():
                return name
            name = name.partition(".")[2]
        return ""

    def _learn_zone(self, reply, parent, zone):
        records = [record for record in reply.authority if record.type == "NS" and record.name == zone]
        servers = []
        for record in records:
            # Addresses that come along may be for names the parent is in charge of.
            glue = [
                extra.data
                for extra in reply.additional
                if extra.type == "A" and extra.name == record.data and is_below(extra.name, parent)
            ]
            servers.append((record.data, glue))
        expires = time.monotonic() + min(record.ttl for record in records)
        self._zones[zone] = Zone(servers, expires)

    def _ask(self, zone, name, hops, depth):
        """Asks the servers of a zone, one after the other, until one has an answer."""
        servers = list(self._zones[zone].servers)
        servers.sort(key=lambda server: any(map(self._is_silent, server[1])))
        for server_name, addresses in servers:
            if not addresses and depth < DEEPEST:
                try:
                    addresses = self.addresses(server_name, hops, depth + 1)
                except Failure:
                    continue
            for address in addresses:
                reply = self._exchange(address, name, hops)
                if reply and is_useful(reply, zone, name):
                    return reply
        raise Failure("timeout", "no server of `%s` has an answer for %s" % (zone or ".", name))

    def _is_silent(self, address):
        return self._silent.get(address, 0) > time.monotonic()

    def _exchange(self, server, name, hops):
        """One query and its reply; over TCP as well, if it does not fit. Or None."""
        for transport, send in (("udp", self._over_udp), ("tcp", self._over_tcp)):
            id = secrets.randbelow(65536)
            try:
                reply = send(server, id, name)
            except ConnectionRefusedError:
                return None  # nobody lives there
            except (OSError, dns_message.Malformed):
                reply = None
            hops.append(hop_of(server, transport, name, reply))
            if reply is None:
                self._silent[server] = time.monotonic() + 60
                return None
            if not reply.truncated:
                return reply
        return None  # truncated over TCP: no server that knows DNS does that

    def _over_udp(self, server, id, name):
        deadline = time.monotonic() + PATIENCE
        with self._network.udp(server, DNS_PORT) as sock:
            sock.send(dns_message.query(id, name, "A"))
            while (left := deadline - time.monotonic()) > 0:
                sock.settimeout(left)
                try:
                    reply = dns_message.read(sock.recv(65535))
                except dns_message.Malformed:
                    continue
                if answers_to(reply, id, name):
                    return reply
                # Somebody guesses. The real answer may still come.
        raise TimeoutError

    def _over_tcp(self, server, id, name):
        # Over TCP each message has its length in front (RFC 7766, section 8).
        with self._network.tcp(server, DNS_PORT, PATIENCE) as sock:
            message = dns_message.query(id, name, "A")
            sock.sendall(struct.pack("!H", len(message)) + message)
            (length,) = struct.unpack("!H", receive(sock, 2))
            reply = dns_message.read(receive(sock, length))
        if not answers_to(reply, id, name):
            raise dns_message.Malformed("the answer to another question")
        return reply


def receive(sock, length):
    data = b""
    while len(data) < length:
        piece = sock.recv(length - len(data))
        if not piece:
            raise ConnectionResetError("hung up in the middle of a message")
        data += piece
    return data


def answers_to(reply, id, name):
    """Whether this is the reply to our query (RFC 5452, section 9.1)."""
    return reply.is_response and reply.id == id and reply.question == (name, "A")


def is_below(name, zone):
    return not zone or name == zone or name.endswith("." + zone)


def delegation(reply, zone, name):
    """The zone this reply refers us to, or None if it is an answer."""
    if reply.rcode != "NOERROR" or reply.answers:
        return None
    for record in reply.authority:
        # Downwards only, and towards the name: everything else leads astray.
        if record.type == "NS" and record.name != zone and is_below(record.name, zone):
            if is_below(name, record.name):
                return record.name
    return None


def is_useful(reply, zone, name):
    """Whether this server knew anything. Otherwise its neighbor may."""
    if delegation(reply, zone, name):
        return True
    return reply.rcode in ("NOERROR", "NXDOMAIN") and reply.authoritative


def what_it_says(reply, zone, name):
    """What an answer says about names of its zone: a dict of `Known`."""
    now = time.monotonic()
    found = {}
    for owner in {record.name for record in reply.answers if is_below(record.name, zone)}:
        records = [r for r in reply.answers if r.name == owner and r.type in ("A", "CNAME")]
        if not records:
            continue
        alias = next((record.data for record in records if record.type == "CNAME"), None)
        addresses = [record.data for record in records if record.type == "A"]
        expires = now + min(record.ttl for record in records)
        found[owner] = Known("NOERROR", alias, addresses if alias is None else [], expires)
    if name not in found:
        # There is no such name, or it has no address. Both may be kept, for as
        # long as the SOA record says (RFC 2308).
        ttl = min((record.data for record in reply.authority if record.type == "SOA"), default=0)
        found[name] = Known(reply.rcode, None, [], now + ttl)
    return found


def hop_of(server, transport, name, reply):
    if reply is None:
        return dns_hop(server, transport, name, "TIMEOUT", [], None)
    if reply.truncated:
        return dns_hop(server, transport, name, reply.rcode, [], None)
    records = [record for record in reply.answers if record.type in ("A", "CNAME")]
    if not records and reply.rcode == "NOERROR":
        records = [record for record in reply.authority if record.type == "NS"]
    ttl = min((record.ttl for record in records), default=None)
    return dns_hop(server, transport, name, reply.rcode, [r.data for r in records], ttl)


def dns_hop(server, transport, name, rcode, answers, ttl, cached=False):
    hop = {
        "server": server,
        "transport": transport,
        "qname": name,
        "qtype": "A",
        "rcode": rcode,
        "answers": answers,
        "ttl": ttl,
        "cached": cached,
    }
    return {"dns": hop}
