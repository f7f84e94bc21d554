"""The store: everything that the instances share, in the database.

Whatever holds for the whole fleet is decided here, by the database, in one
step: who owns an item, which number is next, how many requests are left. An
instance that decided for itself would be right only while it is alone.
"""

import time
from collections import namedtuple

from database import open_database

LIMIT = 20
WINDOW_MS = 10_000

Item = namedtuple("Item", "id value owner")
Avatar = namedtuple("Avatar", "content_type data")

SCHEMA = """
CREATE TABLE IF NOT EXISTS items (
    id    TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    owner TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS orders (
    order_no  BIGINT PRIMARY KEY,
    customer  TEXT NOT NULL,
    placed_at BIGINT NOT NULL
);
CREATE TABLE IF NOT EXISTS counters (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('orders', 1000) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS avatars (
    user_name    TEXT PRIMARY KEY,
    content_type TEXT NOT NULL,
    data         BYTEA NOT NULL
);
CREATE TABLE IF NOT EXISTS windows (
    user_name TEXT PRIMARY KEY,
    opened_at BIGINT NOT NULL,
    used      BIGINT NOT NULL
);
"""


def open_store(url):
    """Returns the store behind a `DATABASE_URL`, with its tables in place."""
    database = open_database(url)
    database.create(SCHEMA)
    return Store(database)


class Store:
    """Items, orders, avatars, and how much each user may still do."""

    def __init__(self, database):
        self._database = database

    def item(self, item_id):
        """Returns an item, or None.

        It is read anew each time. That is one query by the primary key, and
        nobody waits for anybody. A copy in the process would save it, for as
        long as a reader may see an old value, and the writer may not.
        """
        row = self._database.row("SELECT id, value, owner FROM items WHERE id = ?", item_id)
        return Item(*row) if row else None

    def write_item(self, item_id, value, user):
        """Writes an item. Returns whether it was free or belongs to the user."""
        with self._database.writing() as transaction:
            written = transaction.change(
                "INSERT INTO items (id, value, owner) VALUES (?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET value = excluded.value"
                " WHERE items.owner = excluded.owner",
                item_id,
                value,
                user,
            )
        return written == 1

    def place_order(self, user):
        """Places an order. Returns its number, which no other order has."""
        with self._database.writing() as transaction:
            # The update takes the lock, so the number that is read is ours.
            transaction.change("UPDATE counters SET value = value + 1 WHERE name = 'orders'")
            (number,) = transaction.row("SELECT value FROM counters WHERE name = 'orders'")
            transaction.change(
                "INSERT INTO orders (order_no, customer, placed_at) VALUES (?, ?, ?)",
                number,
                user,
                int(time.time()),
            )
        return number

    def avatar_of(self, user):
        """Returns a user's avatar, or None."""
        row = self._database.row(
            "SELECT content_type, data FROM avatars WHERE user_name = ?", user
        )
        return Avatar(*row) if row else None

    def save_avatar(self, user, avatar):
        """Replaces a user's avatar."""
        with self._database.writing() as transaction:
            transaction.change(
                "INSERT INTO avatars (user_name, content_type, data) VALUES (?, ?, ?)"
                " ON CONFLICT (user_name) DO UPDATE"
                " SET content_type = excluded.content_type, data = excluded.data",
                user,
                avatar.content_type,
                avatar.data,
            )

    def take(self, user):
        """Takes one of the requests that a user has left.

        Returns None, or the seconds until there are some again. A window opens
        with the first request in it, and its count is compared and raised in
        one step: of two instances that both see 19, one gets the twentieth.
        """
        now = int(time.time() * 1000)
        with self._database.writing() as transaction:
            transaction.change(
                "INSERT INTO windows (user_name, opened_at, used) VALUES (?, ?, 0)"
                " ON CONFLICT DO NOTHING",
                user,
                now,
            )
            transaction.change(
                "UPDATE windows SET opened_at = ?, used = 0 WHERE user_name = ? AND opened_at <= ?",
                now,
                user,
                now - WINDOW_MS,
            )
            taken = transaction.change(
                "UPDATE windows SET used = used + 1 WHERE user_name = ? AND used < ?", user, LIMIT
            )
            if taken:
                return None
            (opened_at,) = transaction.row(
                "SELECT opened_at FROM windows WHERE user_name = ?", user
            )
        return max(1, -(-(opened_at + WINDOW_MS - now) // 1000))

    def close(self):
        """Gives back what the calling thread holds of the database."""
        self._database.close()
