"""RFC 9111, as far as this edge goes along with it."""

import re
import time
from email.utils import parsedate_to_datetime

# How long what is merely stale may stand in for an origin that fails. The RFC
# allows it unless the origin forbids it, and sets no limit.
A_WHILE = 3600

FORBID_STALE = {"no-cache", "must-revalidate", "proxy-revalidate", "s-maxage"}


def cache_control(lines):
    """Returns the directives of Cache-Control and their values."""
    found = {}
    for part in re.findall(r'(?:[^,"]|"[^"]*")+', lines.get("cache-control") or ""):
        name, _, value = part.strip().partition("=")
        found[name.strip().lower()] = value.strip().strip('"')
    return found


def may_keep(status, lines):
    """Whether a response to a request without a password goes into the store."""
    said = cache_control(lines)
    if status not in (200, 301, 308, 404, 410) or said.keys() & {"no-store", "private", "no-cache"}:
        return False
    if lines.get("set-cookie") is not None or "*" in vary(lines):
        return False
    return lifetime(lines, said) > 0


def lifetime(lines, said):
    """Returns for how many seconds it is fresh."""
    for name in ("s-maxage", "max-age"):
        if name in said:
            return _number(said[name])
    expires, date = _date(lines.get("expires")), _date(lines.get("date"))
    return expires - date if expires is not None and date is not None else 0


def age_on_arrival(lines):
    """Returns how old it is already when it comes."""
    date = _date(lines.get("date"))
    # Dates have whole seconds; half a second is what they are off on average.
    return max(_number(lines.get("age")), 0 if date is None else time.time() - date - 0.5)


def may_stand_in(said, staleness):
    if said.keys() & FORBID_STALE:
        return False
    return staleness <= (_number(said["stale-if-error"]) if "stale-if-error" in said else A_WHILE)


def vary(lines):
    names = (lines.get("vary") or "").lower().split(",")
    return tuple(sorted({name.strip() for name in names if name.strip()}))


def is_unchanged(asked, lines):
    """Whether the client has it already."""
    known, etag = asked.get("if-none-match"), lines.get("etag")
    if known is None:
        since = asked.get("if-modified-since")
        return since is not None and since == lines.get("last-modified")
    if known.strip() == "*":
        return True
    strong = [tag.strip() for tag in re.findall(r'"[^"]*"', known)]
    return etag is not None and etag.replace("W/", "", 1) in strong


def wanted(asked, lines, length):
    """Returns the first byte and the end of a range, "none", or None for everything."""
    found = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", asked.get("range") or "")
    condition = asked.get("if-range")
    if not found or (condition is not None and condition != lines.get("etag")):
        return None
    first, last = found.groups()
    if not first:
        if not last:
            return None
        return (max(0, length - int(last)), length) if int(last) and length else "none"
    if last and int(last) < int(first):
        return None
    if int(first) >= length:
        return "none"
    return int(first), min(length, int(last) + 1) if last else length


def _number(text):
    return int(text) if text and text.isdigit() else 0


def _date(text):
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, IndexError):
        return None
