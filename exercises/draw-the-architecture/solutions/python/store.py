"""The store: the shop's rules, each in the transaction that keeps it.

Nothing is kept here between two calls. Prices, stock, and coupons are read from
the database, never from a request, and an order is placed as a whole or not at
all.
"""

import hashlib
import json
import secrets
import time
from collections import namedtuple

import demo
from database import open_database

Item = namedtuple("Item", "sku qty")
Line = namedtuple("Line", "sku qty unit_price_cents")
Order = namedtuple("Order", "id total_cents lines")

# Products, customers, and coupons are there already. This is what we add.
SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    id          TEXT PRIMARY KEY,
    customer    TEXT NOT NULL,
    key         TEXT,
    request     TEXT NOT NULL,
    total_cents BIGINT NOT NULL DEFAULT 0,
    UNIQUE (customer, key)
);
CREATE TABLE IF NOT EXISTS order_lines (
    order_id         TEXT NOT NULL,
    place            INTEGER NOT NULL,
    sku              TEXT NOT NULL,
    qty              INTEGER NOT NULL,
    unit_price_cents BIGINT NOT NULL,
    PRIMARY KEY (order_id, place)
);
"""


class UnknownSku(Exception):
    """An order names a product that does not exist."""


class OutOfStock(Exception):
    """There are fewer left than an order wants."""


class NoSuchCoupon(Exception):
    """A coupon is unknown, expired, or used up."""


class KeyReused(Exception):
    """An idempotency key came back with another order."""


def open_store(url):
    """Returns the store behind a `DATABASE_URL`, with its tables in place."""
    database = open_database(url)
    database.create(SCHEMA + demo.TABLES)
    demo.fill(database)
    return Store(database)


class Store:
    """Products, customers, coupons, and the orders that join them."""

    def __init__(self, database):
        self._database = database

    def products(self):
        """Returns what is for sale: sku, name, price in cents, and stock."""
        return self._database.rows(
            "SELECT sku, name, price_cents, stock FROM products ORDER BY name, sku"
        )

    def customer_of(self, token):
        """Returns the customer behind a token, or None.

        The token itself is a password of sorts, so orders are kept under its
        hash: whoever gets to see them cannot order with it.
        """
        known = self._database.rows("SELECT 1 FROM customers WHERE token = ?", token)
        return hashlib.sha256(token.encode()).hexdigest() if known else None

    def place_order(self, customer, items, coupon, key):
        """Places an order, once for each key. Returns it, as it was placed.

        Everything below is one transaction: whatever it raises, nothing was
        ordered, no stock is gone, and no coupon is used.
        """
        order_id = secrets.token_urlsafe(15)
        request = json.dumps([items, coupon])
        with self._database.writing() as transaction:
            # This comes first. If the same key is on its way on another
            # instance, the database lets us wait here until that is decided.
            placed = transaction.change(
                "INSERT INTO orders (id, customer, key, request) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                order_id,
                customer,
                key,
                request,
            )
            if not placed:
                return _placed_before(transaction, customer, key, request)
            lines = [_take(transaction, item) for item in _in_fixed_order(items)]
            total = sum(line.qty * line.unit_price_cents for line in lines)
            if coupon is not None:
                total -= total * _use_coupon(transaction, coupon) // 100
            transaction.change("UPDATE orders SET total_cents = ? WHERE id = ?", total, order_id)
            for place, line in enumerate(lines):
                transaction.change(
                    "INSERT INTO order_lines (order_id, place, sku, qty, unit_price_cents)"
                    " VALUES (?, ?, ?, ?, ?)",
                    order_id,
                    place,
                    *line,
                )
        return Order(order_id, total, lines)

    def order_of(self, customer, order_id):
        """Returns an order of this customer, or None. Nobody else's is found."""
        return _order(self._database, "customer = ? AND id = ?", customer, order_id)

    def close(self):
        """Gives back what the calling thread holds of the database."""
        self._database.close()


def _placed_before(transaction, customer, key, request):
    (known,) = transaction.rows(
        "SELECT request FROM orders WHERE customer = ? AND key = ?", customer, key
    )
    if known[0] != request:
        raise KeyReused
    return _order(transaction, "customer = ? AND key = ?", customer, key)


def _in_fixed_order(items):
    # Two orders for the same two products, in opposite order, would each hold
    # what the other one waits for. In one order for all, they queue.
    return sorted(items)


def _take(transaction, item):
    """Takes products from the stock. Looking and taking are one statement."""
    taken = transaction.change(
        "UPDATE products SET stock = stock - ? WHERE sku = ? AND stock >= ?",
        item.qty,
        item.sku,
        item.qty,
    )
    found = transaction.rows("SELECT price_cents FROM products WHERE sku = ?", item.sku)
    if not found:
        raise UnknownSku(item.sku)
    if not taken:
        raise OutOfStock(item.sku)
    return Line(item.sku, item.qty, found[0][0])


def _use_coupon(transaction, code):
    """Uses a coupon up by one. Returns how many percent it takes off."""
    used = transaction.change(
        "UPDATE coupons SET uses_left = uses_left - 1"
        " WHERE code = ? AND uses_left > 0 AND expires_at > ?",
        code,
        int(time.time()),
    )
    if not used:
        raise NoSuchCoupon(code)
    return transaction.rows("SELECT percent_off FROM coupons WHERE code = ?", code)[0][0]


def _order(database, condition, *values):
    found = database.rows("SELECT id, total_cents FROM orders WHERE " + condition, *values)
    if not found:
        return None
    ((order_id, total),) = found
    lines = database.rows(
        "SELECT sku, qty, unit_price_cents FROM order_lines WHERE order_id = ? ORDER BY place",
        order_id,
    )
    return Order(order_id, total, [Line(*line) for line in lines])
