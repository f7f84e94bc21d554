"""The rules of HTTP caching (RFC 9111): what may be kept, for how long, and for whom.

Pure decisions: nothing here reads a clock, a socket, or the store.
"""

import re
from email.utils import parsedate_to_datetime

from fields import listed

# What is worth keeping, when the origin says for how long.
CACHEABLE = {200, 203, 204, 300, 301, 308, 404, 410}

# A stored answer to a request with a password must say that others may see it.
FOR_OTHERS = {"public", "s-maxage", "must-revalidate"}

# With these, a stale answer is never better than none (RFC 9111, section 4.2.4).
# `s-maxage` says it for shared caches, such as this one.
NEVER_STALE = {"no-cache", "must-revalidate", "proxy-revalidate", "s-maxage"}

DIRECTIVE = re.compile(r'([^\s=,]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?')


def directives(fields):
    """Returns the directives of Cache-Control, by name in lower case."""
    found = {}
    for name, quoted, plain in DIRECTIVE.findall(fields.get("cache-control") or ""):
        found.setdefault(name.lower(), quoted or plain)
    return found


def may_store(request, status, fields):
    """Whether a response to a GET may be kept for others (RFC 9111, section 3)."""
    said = directives(fields)
    if status not in CACHEABLE or said.keys() & {"no-store", "private"}:
        return False
    if "set-cookie" in fields or "*" in listed(fields.get("vary")):
        return False
    if "authorization" in request and not said.keys() & FOR_OTHERS:
        return False
    # Without a lifetime it is stale at once. That is still of use, if the
    # origin can be asked whether it has changed.
    return lifetime(fields) > 0 or (status == 200 and has_validator(fields))


def may_pass_on(request, status, fields):
    """Whether an error may go to all who wait for this answer. It is not stored."""
    said = directives(fields)
    return (
        status >= 500
        and "authorization" not in request
        and "set-cookie" not in fields
        and not said.keys() & {"no-store", "private"}
    )


def may_share(request, entry):
    """Whether what is stored may go to a request with credentials of its own."""
    return "authorization" not in request or bool(entry.directives.keys() & FOR_OTHERS)


def lifetime(fields):
    """Returns for how many seconds a response is fresh (RFC 9111, section 4.2.1)."""
    said = directives(fields)
    if "no-cache" in said:
        return 0
    for name in ("s-maxage", "max-age"):
        if name in said:
            return seconds(said[name])
    expires, date = moment(fields.get("expires")), moment(fields.get("date"))
    return max(0, expires - date) if expires is not None and date is not None else 0


def initial_age(fields, delay, now):
    """Returns how old a response is when it comes (RFC 9111, section 4.2.3)."""
    date = moment(fields.get("date"))
    # A date has whole seconds: it may be up to one second older than what it dates.
    apparent = max(0, now - date - 1) if date is not None else 0
    return max(apparent, seconds(fields.get("age")) + delay)


def may_serve_stale(entry, staleness):
    """Whether a stale response may stand in for an origin that fails (RFC 5861)."""
    if entry.directives.keys() & NEVER_STALE:
        return False
    return staleness <= seconds(entry.directives.get("stale-if-error"))


def has_validator(fields):
    return "etag" in fields or "last-modified" in fields


def selected(names, request):
    """What a request says in the fields that `Vary` names: part of the key."""
    return tuple((name, request.get(name)) for name in names)


def vary_names(fields):
    return tuple(sorted({name.lower() for name in listed(fields.get("vary"))}))


def is_unchanged(request, fields):
    """Whether the client has it already: 304 (RFC 9110, section 13.2.2)."""
    known = request.get("if-none-match")
    if known is not None:
        etag = fields.get("etag")
        return known == "*" or (etag is not None and weak(etag) in map(weak, etags(known)))
    since, modified = moment(request.get("if-modified-since")), moment(fields.get("last-modified"))
    return since is not None and modified is not None and modified <= since


def is_same_for_range(request, fields):
    """Whether `If-Range` lets a range be sent (RFC 9110, section 13.1.5)."""
    condition = request.get("if-range")
    if condition is None:
        return True
    if condition.startswith('"'):
        return condition == fields.get("etag")
    return moment(condition) is not None and condition == fields.get("last-modified")


def etags(text):
    return re.findall(r'(?:W/)?"[^"]*"', text)


def weak(etag):
    return etag[2:] if etag.startswith("W/") else etag


def seconds(text):
    """Reads a number of seconds; whatever is none counts as 0."""
    return int(text) if re.fullmatch(r"[0-9]{1,10}", text or "") else 0


def moment(text):
    """Reads an HTTP date as Unix seconds, or returns None."""
    try:
        return parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, IndexError):
        return None
