"""A body that many read while it still arrives."""

import threading


class Broken(Exception):
    """The body ended before its end."""


class Body:
    """The bytes of a response, of a length that is known from the beginning.

    One thread adds pieces. Any number of others read, each at its own pace and
    from wherever it likes; who is faster than the origin waits for it.
    """

    def __init__(self, length):
        self.length = length
        self._pieces = []
        self._arrived = 0
        self._broken = False
        self._changed = threading.Condition()

    def add(self, piece):
        with self._changed:
            self._pieces.append(piece)
            self._arrived += len(piece)
            self._changed.notify_all()

    def is_complete(self):
        return self._arrived == self.length

    def end(self):
        """No more will come. If that is too early, all readers hear of it."""
        with self._changed:
            self._broken = not self.is_complete()
            self._changed.notify_all()

    def read(self, first, end):
        """Yields the bytes from `first` up to `end`, as they arrive."""
        number, place = 0, 0  # of the next piece, and where it begins
        while place < end:
            with self._changed:
                while number == len(self._pieces):
                    if self._broken:
                        raise Broken
                    self._changed.wait()
                piece = self._pieces[number]
            if place + len(piece) > first:
                yield piece[max(0, first - place) : end - place]
            number += 1
            place += len(piece)
