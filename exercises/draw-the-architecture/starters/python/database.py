"""The database, SQLite or PostgreSQL.

    database = open_database(os.environ["DATABASE_URL"])
    database.rows("SELECT name FROM pets WHERE legs = ?", 4)       # [("Rex",)]
    database.change("UPDATE pets SET legs = 3 WHERE name = ?", "Rex")  # 1

`rows` returns the rows, `change` returns how many rows it changed. You may call
both from any thread. There is also this, which we have not used yet:

    with database.transaction() as transaction:
        transaction.change(...)
        transaction.rows(...)

All of the block happens, or after an exception nothing of it.
"""

import contextlib
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


class Transaction:
    def __init__(self, run):
        self._run = run

    def rows(self, sql, *values):
        return self._run(sql, values)[0]

    def change(self, sql, *values):
        return self._run(sql, values)[1]


class Sqlite:
    def __init__(self, path):
        self._path = path
        self._local = threading.local()

    def rows(self, sql, *values):
        return self._run(sql, values)[0]

    def change(self, sql, *values):
        return self._run(sql, values)[1]

    @contextlib.contextmanager
    def transaction(self):
        # IMMEDIATE takes the lock for writing right at the beginning.
        self._run("BEGIN IMMEDIATE", ())
        try:
            yield Transaction(self._run)
        except BaseException:
            self._run("ROLLBACK", ())
            raise
        self._run("COMMIT", ())

    def _run(self, sql, values):
        cursor = self._connection().execute(sql, values)
        return cursor.fetchall(), cursor.rowcount

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

    def rows(self, sql, *values):
        with self._pool.connection() as connection:
            return connection.query(numbered(sql), *values).rows

    def change(self, sql, *values):
        with self._pool.connection() as connection:
            return connection.query(numbered(sql), *values).count

    @contextlib.contextmanager
    def transaction(self):
        with self._pool.connection() as connection, connection.transaction():
            yield Transaction(lambda sql, values: connection.query(numbered(sql), *values)[:2])


def numbered(sql):
    """PostgreSQL writes $1, $2 where SQLite writes a question mark."""
    parts = re.split(r"\?", sql)
    return "".join(part + "$%d" % (n + 1) for n, part in enumerate(parts[:-1])) + parts[-1]
