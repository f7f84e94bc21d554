"""Something to sell, for whoever starts the shop on an empty database.

In earnest, products, customers, and coupons come from elsewhere and are there
before the shop starts. Then nothing of this happens.
"""

TABLES = """
CREATE TABLE IF NOT EXISTS products (
    sku TEXT PRIMARY KEY, name TEXT, price_cents INTEGER, stock INTEGER
);
CREATE TABLE IF NOT EXISTS customers (token TEXT PRIMARY KEY, name TEXT);
CREATE TABLE IF NOT EXISTS coupons (
    code TEXT PRIMARY KEY, percent_off INTEGER, expires_at INTEGER, uses_left INTEGER
);
"""

PRODUCTS = [
    ("LAPTOP-13", "Laptop, 13 inch", 129900, 5),
    ("MOUSE-1", "Mouse with three buttons", 1950, 40),
    ("LAMP-7", "Desk lamp, warm light", 3499, 12),
    ("MUG-2", "Mug, holds half a liter", 899, 0),
]


def fill(database):
    """Fills the tables, if nothing has ever been sold or bought here."""
    with database.writing() as transaction:
        if transaction.rows("SELECT 1 FROM products UNION ALL SELECT 1 FROM customers LIMIT 1"):
            return
        for product in PRODUCTS:
            transaction.change(
                "INSERT INTO products (sku, name, price_cents, stock) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO NOTHING",
                *product,
            )
        transaction.change("INSERT INTO customers VALUES ('demo', 'Demo') ON CONFLICT DO NOTHING")
        transaction.change(
            "INSERT INTO coupons VALUES ('TENOFF', 10, 2000000000, 3) ON CONFLICT DO NOTHING"
        )
