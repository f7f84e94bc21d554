"""What comes after the question mark is no part of the key.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import server
import store


class WithoutQuery(store.Store):
    def find(self, url, request):
        return super().find(url.partition("?")[0], request)

    def vary_of(self, url):
        return super().vary_of(url.partition("?")[0])

    def keep(self, entry, request):
        entry.url = entry.url.partition("?")[0]
        super().keep(entry, request)

    def invalidate(self, url):
        super().invalidate(url.partition("?")[0])


server.Store = WithoutQuery
server.main()
