"""The store: everything the service remembers, in the database.

Nothing is kept here between two calls. A method that writes returns after the
commit and not before, and whatever belongs together is in one transaction.
"""

import json
import secrets
import time
from collections import namedtuple

from database import open_database

User = namedtuple("User", "id name preferences version")

SCHEMA = """
CREATE TABLE IF NOT EXISTS users (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    password    TEXT NOT NULL,
    preferences TEXT NOT NULL DEFAULT '{}',
    version     BIGINT NOT NULL DEFAULT 0,
    points      BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS logged_out (
    jti        TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
-- What has been added, under which key, and what the answer was.
CREATE TABLE IF NOT EXISTS additions (
    user_id TEXT NOT NULL,
    key     TEXT NOT NULL,
    delta   BIGINT NOT NULL,
    total   BIGINT NOT NULL,
    PRIMARY KEY (user_id, key)
);
"""


def open_store(url):
    """Returns the store behind a `DATABASE_URL`, with its tables in place."""
    database = open_database(url)
    database.create(SCHEMA)
    return Store(database)


class KeyReused(Exception):
    """An idempotency key came back with another request."""


class Store:
    """Users, their preferences and points, and the tokens that are dead."""

    def __init__(self, database):
        self._database = database

    def add_user(self, name, password_hash):
        """Adds a user. Returns whether the name was free."""
        with self._database.writing() as transaction:
            added = transaction.change(
                "INSERT INTO users (id, name, password) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                secrets.token_hex(12),
                name,
                password_hash,
            )
        return added == 1

    def login_of(self, name):
        """Returns the id and the password hash behind a name, or None."""
        return self._database.row("SELECT id, password FROM users WHERE name = ?", name)

    def user_of(self, claims):
        """Returns the user a token speaks for, or None if it is logged out."""
        row = self._database.row(
            "SELECT id, name, preferences, version FROM users WHERE id = ?"
            " AND NOT EXISTS (SELECT 1 FROM logged_out WHERE jti = ?)",
            claims["sub"],
            claims["jti"],
        )
        return User(row[0], row[1], json.loads(row[2]), row[3]) if row else None

    def replace_preferences(self, user_id, preferences, may_replace):
        """Replaces the preferences if `may_replace` says so to their version.

        Returns the new version, or None. The document is one value in one row:
        whoever reads it sees the old one or the new one, also after a crash.
        """
        text = json.dumps(preferences)
        with self._database.writing() as transaction:
            _lock(transaction, user_id)
            (version,) = transaction.row("SELECT version FROM users WHERE id = ?", user_id)
            if not may_replace(version):
                return None
            transaction.change(
                "UPDATE users SET preferences = ?, version = ? WHERE id = ?",
                text,
                version + 1,
                user_id,
            )
        return version + 1

    def add_points(self, user_id, key, delta):
        """Adds to the points, once for each key. Returns the total after that.

        The key and its answer are stored in the transaction that adds. Before
        it, a crash would lose the points; after it, they would count twice.
        """
        with self._database.writing() as transaction:
            _lock(transaction, user_id)
            known = transaction.row(
                "SELECT delta, total FROM additions WHERE user_id = ? AND key = ?", user_id, key
            )
            if known and known[0] != delta:
                raise KeyReused
            if known:
                return known[1]
            transaction.change("UPDATE users SET points = points + ? WHERE id = ?", delta, user_id)
            (total,) = transaction.row("SELECT points FROM users WHERE id = ?", user_id)
            transaction.change(
                "INSERT INTO additions (user_id, key, delta, total) VALUES (?, ?, ?, ?)",
                user_id,
                key,
                delta,
                total,
            )
        return total

    def log_out(self, jti, keep_until):
        """Remembers that a token is dead, for as long as it could be used."""
        with self._database.writing() as transaction:
            transaction.change("DELETE FROM logged_out WHERE expires_at < ?", int(time.time()))
            transaction.change(
                "INSERT INTO logged_out (jti, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
                jti,
                keep_until,
            )

    def close(self):
        """Gives back what the calling thread holds of the database."""
        self._database.close()


def _lock(transaction, user_id):
    # Whoever else writes to this user waits here until the commit, so what is
    # read from now on is still true when it is written. (SQLite has locked the
    # whole file already; PostgreSQL locks the row.)
    transaction.change("UPDATE users SET version = version WHERE id = ?", user_id)
