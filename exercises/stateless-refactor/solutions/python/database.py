"""The database behind `DATABASE_URL`: a SQLite file or PostgreSQL, used alike.

Either way `?` stands for a value in a statement, and both know the SQL that is
used here. What differs is how one connects, what locks, and what fails.
"""

import contextlib
import itertools
import re
import sqlite3
import threading
import time

import postgres

PATIENCE_SECONDS = 10  # how long to wait for somebody else's write


class Busy(Exception):
    """The database could not be used in time. Trying again later may help."""


# What using a database may raise.
ERRORS = (Busy, sqlite3.Error, postgres.PostgresError)


def open_database(url):
    """Returns the database behind a URL."""
    scheme, _, rest = url.partition("://")
    if scheme == "sqlite" and rest.startswith("/"):
        return Sqlite(rest)
    if scheme in ("postgres", "postgresql") and rest:
        return Postgres(url)
    raise ValueError(
        "DATABASE_URL must look like sqlite:///path/to/app.db"
        " or postgres://user:password@127.0.0.1:5432/name"
    )


class Sqlite:
    """A SQLite file, shared with the other instances."""

    def __init__(self, path):
        self._path = path
        self._local = threading.local()

    def row(self, sql, *values):
        """Returns the first row of a query, or None."""
        with _unless_busy():
            return self._connection().execute(sql, values).fetchone()

    def change(self, sql, *values):
        """Carries out a statement. Returns how many rows it changed."""
        with _unless_busy():
            return self._connection().execute(sql, values).rowcount

    def create(self, tables):
        """Creates tables, unless they are there."""
        # WAL lets others read while one writes. Two instances that switch it
        # on at the same moment may disturb each other: then try again.
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self._connection().execute("PRAGMA journal_mode = WAL")
                self._connection().executescript("BEGIN IMMEDIATE;" + tables + "COMMIT;")
                break
            except sqlite3.OperationalError as error:
                self.close()
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        self.close()

    def close(self):
        """Closes the connection of the calling thread, if it has one."""
        connection = self._local.__dict__.pop("connection", None)
        if connection is not None:
            connection.close()

    def _connection(self):
        # A connection belongs to one thread. Opening one costs less than 1 ms.
        if not hasattr(self._local, "connection"):
            self._local.connection = sqlite3.connect(
                self._path, timeout=PATIENCE_SECONDS, isolation_level=None
            )
        return self._local.connection


@contextlib.contextmanager
def _unless_busy():
    try:
        yield
    except sqlite3.OperationalError as error:
        raise Busy(str(error)) from error


class Postgres:
    """A PostgreSQL database, shared with the other instances."""

    def __init__(self, url):
        self._pool = postgres.Pool(url, patience=PATIENCE_SECONDS)

    def row(self, sql, *values):
        """Returns the first row of a query, or None."""
        rows = self._query(sql, values).rows
        return rows[0] if rows else None

    def change(self, sql, *values):
        """Carries out a statement. Returns how many rows it changed."""
        return self._query(sql, values).count

    def create(self, tables):
        """Creates tables, unless they are there."""
        with self._connection() as connection, connection.transaction():
            # `IF NOT EXISTS` looks before it creates, and two instances may
            # look at the same moment. So only the holder of this lock does
            # either. Its number is any that all instances agree on.
            connection.query("SELECT pg_advisory_xact_lock(7310)")
            connection.script(tables)

    def close(self):
        """Nothing to do: a connection goes back to the pool after each use."""

    def _query(self, sql, values):
        with self._connection() as connection:
            return connection.query(numbered(sql), *values)

    @contextlib.contextmanager
    def _connection(self):
        try:
            with self._pool.connection() as connection:
                yield connection
        except postgres.ConnectionLost as error:
            raise Busy(str(error)) from error
        except postgres.PostgresError as error:
            # 40: gave way to another transaction. 53: no room for connections.
            # 55P03, 57014: waited too long. 57P: starting up or shutting down.
            if error.code.startswith(("40", "53", "55P03", "57014", "57P")):
                raise Busy(str(error)) from error
            raise


def numbered(sql):
    """PostgreSQL writes $1, $2, ... where SQLite writes a question mark."""
    numbers = itertools.count(1)
    return re.sub(r"\?", lambda _: "$%d" % next(numbers), sql)
