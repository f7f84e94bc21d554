"""The first to ask fetches for all, and when that client hangs up, nobody does.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import select
import socket
import threading

import flight
import server

asking = threading.local()


class Handler(server.Handler):
    def get(self):
        asking.connection = self.connection
        return super().get()


class Led(flight.Flight):
    def __init__(self, url, request, stale):
        super().__init__(url, request, stale)
        self.leader = asking.connection

    def run(self, origin, keep, most_bytes):
        super().run(Led.Watched(origin, self.leader), keep, most_bytes)

    class Watched:
        def __init__(self, origin, leader):
            self._origin, self._leader = origin, leader

        def fetch(self, *request):
            response = self._origin.fetch(*request)
            if has_hung_up(self._leader):
                threading.Event().wait()  # nobody wakes the others
            return response


def has_hung_up(connection):
    # If there is something to read, it is the end.
    return bool(select.select([connection], [], [], 0)[0]) and not peek(connection)


def peek(connection):
    try:
        return connection.recv(1, socket.MSG_PEEK)
    except OSError:
        return b""


flight.Flight = Led
server.Handler = Handler
server.main()
