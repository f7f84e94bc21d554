"""What was stored first goes first, also if everybody asks for it.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import policy
import server


class InOrderOfArrival(server.Store):
    def find(self, url, request):
        with self._lock:
            names, _ = self._varies.get(url, ((), ()))
            entry = self._entries.get((url, policy.selected(names, request)))
            return entry if entry and policy.may_share(request, entry) else None


server.Store = InOrderOfArrival
server.main()
