"""A body that broke off is stored as if it were whole.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import body
import flight
import server


class Forgiving(body.Body):
    def end(self):
        super().end()
        self.length = self._arrived


flight.Body = Forgiving
server.main()
