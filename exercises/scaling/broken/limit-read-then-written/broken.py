"""The shared count is read, compared in the process, and written afterwards.

A broken server for the tests of the checks: the Python solution with this changed. Its `expect.toml` says which
checks must notice.
"""

import time

import server
import store


class ReadThenWrite(store.Store):
    def take(self, user):
        now = int(time.time() * 1000)
        row = self._database.row("SELECT opened_at, used FROM windows WHERE user_name = ?", user)
        opened_at, used = row if row and row[0] > now - store.WINDOW_MS else (now, 0)
        if used >= store.LIMIT:
            return max(1, (opened_at + store.WINDOW_MS - now) // 1000)
        with self._database.writing() as transaction:
            transaction.change(
                "INSERT INTO windows (user_name, opened_at, used) VALUES (?, ?, ?)"
                " ON CONFLICT (user_name) DO UPDATE"
                " SET opened_at = excluded.opened_at, used = excluded.used",
                user,
                opened_at,
                used + 1,
            )
        return None


store.Store = ReadThenWrite
server.main()
