"""Nothing is sent before everything is there.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import body
import flight
import origin
import server


class Whole(body.Body):
    def read(self, first, end):
        with self._changed:
            while not self.is_complete() and not self._broken:
                self._changed.wait()
        return super().read(first, end)


class Response(origin.Response):
    def pieces(self):
        return iter(list(super().pieces()))


flight.Body = Whole
origin.Response = Response
server.main()
