"""Header fields (RFC 9110, section 5): in their order, and found in any case."""

# What belongs to one connection and is not passed on (RFC 9110, section 7.6.1).
HOP_BY_HOP = {
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}


class Fields:
    """The header fields of a message. Never changes; what "changes" it returns another."""

    def __init__(self, pairs=()):
        self._pairs = tuple(pairs)

    def __iter__(self):
        return iter(self._pairs)

    def __contains__(self, name):
        return self.get(name) is not None

    def get(self, name):
        """Returns a field, its lines joined by commas, or None."""
        values = [value.strip() for key, value in self._pairs if key.lower() == name]
        return ", ".join(values) if values else None

    def without(self, names):
        return Fields((key, value) for key, value in self._pairs if key.lower() not in names)

    def with_also(self, *pairs):
        return Fields(self._pairs + pairs)

    def replaced_by(self, others):
        """These fields, except those that `others` have as well, and then `others`."""
        names = {key.lower() for key, _ in others}
        return Fields((*self.without(names), *others))

    def end_to_end(self):
        """The fields that are passed on to the next hop."""
        named = {name.lower() for name in listed(self.get("connection"))}
        return self.without(HOP_BY_HOP | named)


def listed(value):
    """The members of a comma-separated field."""
    return [part.strip() for part in (value or "").split(",") if part.strip()]
