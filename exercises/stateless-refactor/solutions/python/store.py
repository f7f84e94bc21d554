"""The store: everything the service remembers, in the database."""

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
    version     BIGINT NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS logged_out (
    jti        TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
"""


def open_store(url):
    """Returns the store behind a `DATABASE_URL`, with its tables in place."""
    database = open_database(url)
    database.create(SCHEMA)
    return Store(database)


class Store:
    """Users with their preferences, and the tokens that were logged out."""

    def __init__(self, database):
        self._database = database

    def add_user(self, name, password_hash):
        """Adds a user. Returns whether the name was free."""
        added = self._database.change(
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
        """Replaces the preferences if `may_replace(version)` agrees.

        Returns the new version, or None if it did not agree. Comparing and
        writing are one statement: it changes nothing if the version is no
        longer the one that was agreed to. Somebody else has written then, on
        this instance or on another one, and the new version decides.
        """
        text = json.dumps(preferences)
        while True:
            (version,) = self._database.row("SELECT version FROM users WHERE id = ?", user_id)
            if not may_replace(version):
                return None
            changed = self._database.change(
                "UPDATE users SET preferences = ?, version = ? WHERE id = ? AND version = ?",
                text,
                version + 1,
                user_id,
                version,
            )
            if changed == 1:
                return version + 1

    def log_out(self, jti, keep_until):
        """Remembers that a token is dead, for as long as it could be used."""
        self._database.change(
            "INSERT INTO logged_out (jti, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
            jti,
            keep_until,
        )
        self._database.change("DELETE FROM logged_out WHERE expires_at < ?", int(time.time()))

    def counts(self):
        """Returns how many users and logged-out tokens there are."""
        return self._database.row(
            "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM logged_out)"
        )

    def close(self):
        """Gives back what the calling thread holds of the database."""
        self._database.close()
