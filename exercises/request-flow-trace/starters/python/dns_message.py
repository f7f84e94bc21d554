"""DNS messages, as bytes and as objects (RFC 1035, section 4).

`query` writes a question, `read` takes an answer apart. That is all this file
does: it sends nothing, it believes nothing, and it decides nothing.

A message has a header, the question, and three lists of records. `answers` is
what was asked for; `authority` says which servers know more; `additional` brings
their addresses, so that nobody has to ask for those as well ("glue").
"""

import struct
from collections import namedtuple

# What is asked for, and what a record holds.
TYPES = {1: "A", 2: "NS", 5: "CNAME", 6: "SOA"}
NUMBERS = {name: number for number, name in TYPES.items()}
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}
INTERNET = 1

# `id` is the number that the query had. `truncated` means that the answer was
# too long for UDP and has been cut off. Names are in lower case and have no dot
# at the end: "www.shop.test".
Message = namedtuple(
    "Message",
    "id is_response authoritative truncated rcode question answers authority additional",
)
Question = namedtuple("Question", "name type")

# `data` is an address for A, a name for NS and CNAME, and for SOA the number of
# seconds for which "there is no such name" may be kept (RFC 2308, section 4).
# For all other types it is the bytes as they came.
Record = namedtuple("Record", "name type ttl data")


class Malformed(Exception):
    """These bytes are no DNS message."""


def query(id, name, type):
    """Returns the bytes of a query. `id` is a number from 0 to 65535."""
    # No flag is set: "recursion desired" would ask the other side to do our work.
    header = struct.pack("!HHHHHH", id, 0, 1, 0, 0, 0)
    return header + write_name(name) + struct.pack("!HH", NUMBERS[type], INTERNET)


def write_name(name):
    """Each label with its length in front, and an empty one at the end."""
    parts = []
    for label in name.encode("ascii").split(b".") if name else []:
        if not 1 <= len(label) <= 63:
            raise ValueError("not a name for DNS: %s" % name)
        parts.append(bytes([len(label)]) + label)
    return b"".join(parts) + b"\0"


def read(data):
    """Returns the `Message` in these bytes, or raises `Malformed`."""
    try:
        return _read(data)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise Malformed(str(error)) from None


def _read(data):
    id, flags, questions, *counts = struct.unpack_from("!HHHHHH", data)
    at = 12
    question = None
    for _ in range(questions):
        name, at = read_name(data, at)
        type, _ = struct.unpack_from("!HH", data, at)
        question = Question(name, TYPES.get(type, type))
        at += 4
    sections = []
    for count in counts:
        records = []
        for _ in range(count):
            record, at = read_record(data, at)
            records.append(record)
        sections.append(records)
    return Message(
        id,
        bool(flags & 0x8000),
        bool(flags & 0x0400),
        bool(flags & 0x0200),
        RCODES.get(flags & 0x000F, "RCODE%d" % (flags & 0x000F)),
        question,
        *sections,
    )


def read_record(data, at):
    """Returns the record that begins at this byte, and where the next one begins."""
    name, at = read_name(data, at)
    number, _, ttl, length = struct.unpack_from("!HHIH", data, at)
    at += 10
    end = at + length
    if end > len(data):
        raise Malformed("a record goes on after the end")
    type = TYPES.get(number, number)
    if type == "A" and length == 4:
        value = ".".join(str(byte) for byte in data[at:end])
    elif type in ("NS", "CNAME"):
        value, _ = read_name(data, at)
    elif type == "SOA":
        value = min(ttl, struct.unpack_from("!I", data, end - 4)[0])
    else:
        value = data[at:end]
    return Record(name, type, ttl, value), end


def read_name(data, at):
    """Returns the name that begins at this byte, and where the next thing begins.

    A name may end with a pointer to an earlier place in the message (RFC 1035,
    section 4.1.4). A pointer that does not point backwards could lead in a
    circle, so it is refused.
    """
    labels = []
    after = None  # where to go on, once a pointer has been followed
    while True:
        length = data[at]
        if length == 0:
            return b".".join(labels).decode("ascii").lower(), after or at + 1
        if length < 64:
            labels.append(data[at + 1 : at + 1 + length])
            at += 1 + length
        elif length >= 192:
            target = (length & 63) << 8 | data[at + 1]
            after = after or at + 2
            if target >= at:
                raise Malformed("a name that points forward")
            at = target
        else:
            raise Malformed("a label of an unknown kind")
        if sum(map(len, labels)) > 255:
            raise Malformed("a name without an end")
