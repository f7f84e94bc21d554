"""Who finds nothing in the store asks the origin, a hundred times if there are a hundred.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import threading

import flight
import server


class Alone(flight.Flights):
    def join(self, url, request):
        own = flight.Flight(url, request, self._store.find(url, request))
        threading.Thread(target=self._run, args=(object(), own), daemon=True).start()
        return own, True


server.Flights = Alone
server.main()
