"""The store: responses in memory, within a bound; the least recently used goes first."""

import threading
import time
from collections import OrderedDict

import policy

# What an entry takes besides its body, about.
OVERHEAD = 2048


class Entry:
    """A stored response."""

    def __init__(self, url, status, fields, body, age):
        self.url = url
        self.status = status
        self.fields = fields
        self.body = body
        self.directives = policy.directives(fields)
        self.lifetime = policy.lifetime(fields)
        self._born = time.monotonic() - age

    def age(self):
        return time.monotonic() - self._born

    def is_fresh(self):
        return self.age() < self.lifetime

    def may_serve_stale(self):
        return policy.may_serve_stale(self, self.age() - self.lifetime)

    def size(self):
        return self.body.length + OVERHEAD


class Store:
    """Entries by URL and by what requests say in the fields that `Vary` names."""

    def __init__(self, most_bytes):
        self.most_bytes = most_bytes
        self._lock = threading.Lock()
        self._entries = OrderedDict()  # the least recently used comes first
        self._varies = {}  # URL -> names in Vary, and the keys of its entries
        self._bytes = 0

    def find(self, url, request):
        """Returns the entry that fits a request, fresh or stale, or None."""
        with self._lock:
            names, _ = self._varies.get(url, ((), ()))
            key = (url, policy.selected(names, request))
            entry = self._entries.get(key)
            if entry is None or not policy.may_share(request, entry):
                return None
            self._entries.move_to_end(key)
            return entry

    def vary_of(self, url):
        """Returns the fields by which responses of a URL differ, as far as is known."""
        with self._lock:
            return self._varies.get(url, ((), ()))[0]

    def keep(self, entry, request):
        """Stores an entry, and drops others until it fits."""
        names = policy.vary_names(entry.fields)
        key = (entry.url, policy.selected(names, request))
        with self._lock:
            if entry.size() > self.most_bytes:
                return
            if self._varies.get(entry.url, (names,))[0] != names:
                self._drop_url(entry.url)
            self._drop(key)
            while self._bytes + entry.size() > self.most_bytes:
                self._drop(next(iter(self._entries)))
            self._entries[key] = entry
            self._bytes += entry.size()
            self._varies.setdefault(entry.url, (names, set()))[1].add(key)

    def invalidate(self, url):
        """Forgets all that is known of a URL."""
        with self._lock:
            self._drop_url(url)

    def _drop_url(self, url):
        for key in list(self._varies.get(url, ((), ()))[1]):
            self._drop(key)

    def _drop(self, key):
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        self._bytes -= entry.size()
        _, keys = self._varies[entry.url]
        keys.discard(key)
        if not keys:
            del self._varies[entry.url]
