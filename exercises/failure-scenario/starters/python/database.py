"""For you: the database, SQLite or PostgreSQL. The service does not use it yet.

    database = open_database(os.environ["DATABASE_URL"])
    database.change("CREATE TABLE IF NOT EXISTS pets (name TEXT PRIMARY KEY, legs INTEGER)")
    database.change("INSERT INTO pets (name, legs) VALUES (?, ?)", "Rex", 4)  # 1
    database.row("SELECT legs FROM pets WHERE name = ?", "Rex")  # (4,)

`row` returns the first row, or None when there is none. `change` returns how
many rows it changed. You may call both from any thread.
"""

import re
import sqlite3
import threading

import postgres


def open_database(url):
    """Opens the database behind a URL such as sqlite:///tmp/app.db (three slashes)."""
    if url.startswith("sqlite:///"):
        return Sqlite(url[len("sqlite://") :])
    if url.startswith("postgres://"):
        return Postgres(url)
    raise ValueError("DATABASE_URL must begin with sqlite:/// or postgres://")


class Sqlite:
    def __init__(self, path):
        self._path = path
        self._local = threading.local()

    def row(self, sql, *values):
        return self._connection().execute(sql, values).fetchone()

    def change(self, sql, *values):
        return self._connection().execute(sql, values).rowcount

    def _connection(self):
        # SQLite wants a connection for each thread.
        if not hasattr(self._local, "connection"):
            # Wait up to 10 seconds for other writers, let others read
            # meanwhile, and commit every statement at once.
            connection = sqlite3.connect(self._path, timeout=10, isolation_level=None)
            connection.execute("PRAGMA journal_mode = WAL")
            self._local.connection = connection
        return self._local.connection


class Postgres:
    def __init__(self, url):
        self._pool = postgres.Pool(url)

    def row(self, sql, *values):
        rows = self._query(sql, values).rows
        return rows[0] if rows else None

    def change(self, sql, *values):
        return self._query(sql, values).count

    def _query(self, sql, values):
        # PostgreSQL writes $1, $2 where SQLite writes a question mark.
        for number in range(1, len(values) + 1):
            sql = re.sub(r"\?", "$%d" % number, sql, count=1)
        with self._pool.connection() as connection:
            return connection.query(sql, *values)
