"""Flights: one request to the origin for all who want the same thing at once.

A flight is a thread of its own. It does not belong to the client that caused
it, so it goes on when that client hangs up.
"""

import threading
import time
import traceback

import policy
from body import Body
from fields import Fields
from origin import Silent, Unreachable
from store import Entry

VALIDATORS = {"if-match", "if-none-match", "if-modified-since", "if-unmodified-since"}
RANGES = {"range", "if-range"}


class Flight:
    """A GET that is on its way, and what comes of it.

    Once it has landed, one of three things is there: an `entry`, which may go
    to everybody it fits; a `response`, which is only for the one who caused the
    flight; or a `failure`.
    """

    def __init__(self, url, request, stale):
        self.url = url
        self.request = request
        self.stale = stale  # what is stored already, or None
        self.entry = None
        self.response = None
        self.failure = None
        self.was_unchanged = False  # the origin said 304
        self.is_outdated = False  # something was written meanwhile
        self._landed = threading.Event()

    def wait(self):
        self._landed.wait()

    def fits(self, request):
        """Whether the entry may go to this request, too."""
        if self.entry is None or not policy.may_share(request, self.entry):
            return request is self.request
        names = policy.vary_names(self.entry.fields)
        return policy.selected(names, request) == policy.selected(names, self.request)

    def run(self, origin, keep, most_bytes):
        """Asks the origin, and calls `keep` with an entry that may be stored."""
        try:
            response = origin.fetch("GET", self.url, self._fields())
            if response.status == 304 and self.stale is not None:
                self._freshen(response, keep)
            elif response.length is None or response.length > most_bytes:
                # What comes is too much to be held here, or may be.
                self.response = response
            elif policy.may_store(self.request, response.status, response.fields):
                self._receive(response, keep)
            elif policy.may_pass_on(self.request, response.status, response.fields):
                self._receive(response, lambda entry: None)
            else:
                self.response = response
        except (Silent, Unreachable) as failure:
            self.failure = failure
        except Exception as failure:
            traceback.print_exc()
            self.failure = Unreachable(str(failure))
        finally:
            self._landed.set()

    def _fields(self):
        # The origin is asked for all of it, whatever part the client wants,
        # because what comes is for others as well.
        fields = self.request.without(VALIDATORS | RANGES)
        if self.stale is None:
            return fields
        known = [
            (condition, self.stale.fields.get(validator))
            for condition, validator in (
                ("If-None-Match", "etag"),
                ("If-Modified-Since", "last-modified"),
            )
        ]
        return fields.with_also(*((name, value) for name, value in known if value))

    def _freshen(self, response, keep):
        for _ in response.pieces():
            pass  # a 304 has none; this gives the connection back
        fields = self.stale.fields.replaced_by(response.fields.without({"content-length"}))
        self.was_unchanged = True
        self.entry = entry_of(self.url, self.stale.status, fields, self.stale.body, response.delay)
        keep(self.entry)

    def _receive(self, response, keep):
        body = Body(response.length)
        self.entry = entry_of(self.url, response.status, response.fields, body, response.delay)
        self._landed.set()  # whoever waits can begin to read
        try:
            for piece in response.pieces():
                body.add(piece)
        finally:
            body.end()
        if body.is_complete():
            keep(self.entry)


class Flights:
    """The flights that are under way."""

    def __init__(self, origin, store):
        self._origin, self._store = origin, store
        self._lock = threading.Lock()
        self._flying = {}

    def join(self, url, request):
        """Returns a flight for a request, and whether it was begun for it.

        Returns no flight if one has just landed: then look into the store again.
        """
        key = (url, policy.selected(self._store.vary_of(url), request))
        with self._lock:
            flight = self._flying.get(key)
            if flight is not None:
                return flight, False
            stale = self._store.find(url, request)
            if stale is not None and stale.is_fresh():
                return None, False
            flight = self._flying[key] = Flight(url, request, stale)
        threading.Thread(target=self._run, args=(key, flight), daemon=True).start()
        return flight, True

    def keep(self, flight, entry):
        """Stores what a flight has brought, unless it is outdated."""
        with self._lock:
            if not flight.is_outdated:
                self._store.keep(entry, flight.request)

    def invalidate(self, url):
        """Forgets what is stored of a URL, and what is on its way."""
        with self._lock:
            for key, flight in list(self._flying.items()):
                if flight.url == url:
                    flight.is_outdated = True
                    del self._flying[key]
            self._store.invalidate(url)

    def _run(self, key, flight):
        try:
            flight.run(
                self._origin, lambda entry: self.keep(flight, entry), self._store.most_bytes
            )
        finally:
            with self._lock:
                if self._flying.get(key) is flight:
                    del self._flying[key]


def entry_of(url, status, fields, body, delay):
    """Makes an entry of what has just come from the origin."""
    age = policy.initial_age(fields, delay, time.time())
    return Entry(url, status, Fields(fields.without({"age"})), body, age)
