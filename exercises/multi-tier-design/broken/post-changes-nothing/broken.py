"""A write goes through, and what is stored stays as it was.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import flight
import server

flight.Flights.invalidate = lambda self, url: None
server.main()
