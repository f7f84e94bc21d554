"""Byte ranges (RFC 9110, section 14)."""

import re
from collections import namedtuple

# The bytes from `first` up to and without `end`.
Range = namedtuple("Range", "first end")


class Unsatisfiable(Exception):
    """No byte of the range exists: 416."""


def read_range(text, length):
    """Returns the range that a `Range` field asks for, or None to send everything.

    What is no byte range, or several of them, is not honored. A server may
    always send everything.
    """
    found = re.fullmatch(r"bytes\s*=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})", text or "")
    if not found or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if first == "":
        first, end = max(0, length - int(last)), length
    else:
        first, end = int(first), min(length, int(last) + 1) if last else length
        if last and int(last) < first:
            return None  # nonsense
    if first >= length or end <= first:
        raise Unsatisfiable
    return Range(first, end)
