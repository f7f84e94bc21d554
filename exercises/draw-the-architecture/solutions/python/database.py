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

# The contract wants an answer within 3 seconds, also when the database gives
# none. A second is left for everything else.
PATIENCE_SECONDS = 2


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


class Transaction:
    """Statements that happen together or not at all."""

    def __init__(self, execute):
        self._execute = execute  # takes a statement and values; returns rows and a count

    def rows(self, sql, *values):
        """Returns the rows of a query."""
        return self._execute(sql, values)[0]

    def change(self, sql, *values):
        """Carries out a statement. Returns how many rows it changed."""
        return self._execute(sql, values)[1]


class Sqlite:
    """A SQLite file, shared with the other instances."""

    def __init__(self, path):
        self._path = path
        self._local = threading.local()
        # SQLite lets one write at a time, and those who wait for it only look
        # again every 100 ms. Within a process this lock is faster, and fair.
        self._turn = threading.Lock()

    def rows(self, sql, *values):
        """Returns the rows of a query."""
        with _unless_busy():
            return self._connection().execute(sql, values).fetchall()

    @contextlib.contextmanager
    def writing(self):
        """A transaction: `with database.writing() as transaction: ...`

        At the end of the block it is committed, as a whole; after an exception
        nothing of it happened. So what a request promises, it promises after
        the block.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        if not self._turn.acquire(timeout=PATIENCE_SECONDS):
            raise Busy("others in this process are writing")
        try:
            connection = self._connection()
            left = max(0, int((deadline - time.monotonic()) * 1000))
            connection.execute("PRAGMA busy_timeout = %d" % left)
            with _unless_busy():
                connection.execute("BEGIN IMMEDIATE")
            try:
                yield Transaction(lambda sql, values: _carry_out(connection, sql, values))
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        finally:
            self._turn.release()

    def create(self, tables):
        """Creates tables, unless they are there."""
        # WAL lets others read while one writes. Two instances that switch it
        # on at the same moment may disturb each other: then try again.
        deadline = time.monotonic() + 10
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


def _carry_out(connection, sql, values):
    cursor = connection.execute(sql, values)
    return cursor.fetchall(), cursor.rowcount


@contextlib.contextmanager
def _unless_busy():
    try:
        yield
    except sqlite3.OperationalError as error:
        raise Busy(str(error)) from error


class Postgres:
    """A PostgreSQL database, shared with the other instances."""

    def __init__(self, url):
        # One half for waiting until a connection is free, one for the statement.
        self._pool = postgres.Pool(url, size=20, patience=PATIENCE_SECONDS / 2)

    def rows(self, sql, *values):
        """Returns the rows of a query."""
        with self._connection() as connection:
            return connection.query(numbered(sql), *values).rows

    @contextlib.contextmanager
    def writing(self):
        """A transaction: `with database.writing() as transaction: ...`"""
        with self._connection() as connection, connection.transaction():
            yield Transaction(lambda sql, values: connection.query(numbered(sql), *values)[:2])

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
