"""The store: everything the service remembers, in the database.

`open_store` chooses by the scheme of `DATABASE_URL`. A class for another
database offers the same methods as `SqliteStore`; nothing else changes.
"""

import json
import secrets
import sqlite3
import threading
import time
from collections import namedtuple

BUSY_SECONDS = 10  # how long to wait for somebody else's write

User = namedtuple("User", "id name preferences version")

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    password    TEXT NOT NULL,
    preferences TEXT NOT NULL DEFAULT '{}',
    version     INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS logged_out (
    jti        TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
"""


class Busy(Exception):
    """The database could not be used in time. Trying again later may help."""


def open_store(url):
    """Returns the store behind a `DATABASE_URL`, with its tables in place."""
    scheme, _, path = url.partition("://")
    if scheme == "sqlite" and path.startswith("/"):
        return SqliteStore(path)
    raise ValueError("DATABASE_URL must look like sqlite:///path/to/app.db")


class SqliteStore:
    """One SQLite file, shared with the other instances."""

    def __init__(self, path):
        self._path = path
        self._local = threading.local()
        self._create_tables()

    def add_user(self, name, password_hash):
        """Adds a user. Returns whether the name was free."""
        row = (secrets.token_hex(12), name, password_hash)
        try:
            with self._writing() as database:
                database.execute("INSERT INTO users (id, name, password) VALUES (?, ?, ?)", row)
        except sqlite3.IntegrityError:
            return False
        return True

    def login_of(self, name):
        """Returns the id and the password hash behind a name, or None."""
        return self._row("SELECT id, password FROM users WHERE name = ?", name)

    def user_of(self, claims):
        """Returns the user a token speaks for, or None if it is logged out."""
        row = self._row(
            "SELECT id, name, preferences, version FROM users WHERE id = ?"
            " AND NOT EXISTS (SELECT 1 FROM logged_out WHERE jti = ?)",
            claims["sub"],
            claims["jti"],
        )
        return User(row[0], row[1], json.loads(row[2]), row[3]) if row else None

    def replace_preferences(self, user_id, preferences, may_replace):
        """Replaces the preferences if `may_replace(version)` agrees.

        Returns the new version, or None if it did not agree. Reading the
        version, deciding, and writing happen in one transaction that holds the
        write lock from its beginning: nobody can write in between, on this
        instance or on another one.
        """
        text = json.dumps(preferences)
        with self._writing() as database:
            find = "SELECT version FROM users WHERE id = ?"
            (version,) = database.execute(find, (user_id,)).fetchone()
            if not may_replace(version):
                return None
            database.execute(
                "UPDATE users SET preferences = ?, version = ? WHERE id = ?",
                (text, version + 1, user_id),
            )
            return version + 1

    def log_out(self, jti, keep_until):
        """Remembers that a token is dead, for as long as it could be used."""
        with self._writing() as database:
            database.execute("DELETE FROM logged_out WHERE expires_at < ?", (int(time.time()),))
            database.execute("INSERT OR IGNORE INTO logged_out VALUES (?, ?)", (jti, keep_until))

    def counts(self):
        """Returns how many users and logged-out tokens there are."""
        return self._row("SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM logged_out)")

    def close(self):
        """Closes the connection of the calling thread, if it has one."""
        database = self._local.__dict__.pop("database", None)
        if database is not None:
            database.close()

    def _connection(self):
        # A connection belongs to one thread. Opening one costs less than 1 ms.
        if not hasattr(self._local, "database"):
            self._local.database = sqlite3.connect(
                self._path, timeout=BUSY_SECONDS, isolation_level=None
            )
        return self._local.database

    def _row(self, query, *values):
        try:
            return self._connection().execute(query, values).fetchone()
        except sqlite3.OperationalError as error:
            raise Busy(str(error)) from error

    def _writing(self):
        return _Transaction(self._connection())

    def _create_tables(self):
        # WAL lets others read while one writes. Two instances that switch it
        # on at the same moment may disturb each other: then try again.
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                self._connection().execute("PRAGMA journal_mode = WAL")
                self._connection().executescript("BEGIN IMMEDIATE;" + SCHEMA + "COMMIT;")
                break
            except sqlite3.OperationalError as error:
                self.close()
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        self.close()


class _Transaction:
    """A write: takes the lock at once, commits at the end, undoes on an error."""

    def __init__(self, database):
        self._database = database

    def __enter__(self):
        try:
            self._database.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise Busy(str(error)) from error
        return self._database

    def __exit__(self, kind, error, trace):
        self._database.execute("ROLLBACK" if error else "COMMIT")
