"""Each URL has one place in the store: a second language takes that of the first.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server
import store


class Narrow(store.Store):
    def keep(self, entry, request):
        self.invalidate(entry.url)
        super().keep(entry, request)


server.Store = store.Store = Narrow


server.main()
