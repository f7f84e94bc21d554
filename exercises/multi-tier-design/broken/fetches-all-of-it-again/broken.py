"""What has become stale is fetched anew, instead of asking whether it has changed.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import flight
import server


class Forgetful(flight.Flight):
    def _fields(self):
        return self.request.without(flight.VALIDATORS | flight.RANGES)


flight.Flight = Forgetful
server.main()
