"""The shop. Launch day!

Start it with `python3 server.py` and open http://127.0.0.1:3000 in a browser.
It needs nothing but Python. With an empty database it fills in a few products
and a customer whose token is `demo`, so that you can order something.
"""

import json
import os
import time
import traceback
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from database import open_database

HOST = os.environ.get("HOST", "127.0.0.1")
PORT = int(os.environ.get("PORT", "3000"))
DATABASE_URL = os.environ.get("DATABASE_URL") or "sqlite://" + os.path.abspath("shop.db")

database = open_database(DATABASE_URL)

TABLES = [
    "CREATE TABLE IF NOT EXISTS products"
    " (sku TEXT PRIMARY KEY, name TEXT, price_cents INTEGER, stock INTEGER)",
    "CREATE TABLE IF NOT EXISTS customers (token TEXT PRIMARY KEY, name TEXT)",
    "CREATE TABLE IF NOT EXISTS coupons"
    " (code TEXT PRIMARY KEY, percent_off INTEGER, expires_at INTEGER, uses_left INTEGER)",
    "CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, customer TEXT, body TEXT)",
]

DEMO = [
    "INSERT INTO products VALUES ('LAPTOP-13', 'Laptop, 13 inch', 129900, 5),"
    " ('MOUSE-1', 'Mouse with three buttons', 1950, 40),"
    " ('LAMP-7', 'Desk lamp, warm light', 3499, 12),"
    " ('MUG-2', 'Mug, holds half a liter', 899, 0)",
    "INSERT INTO customers VALUES ('demo', 'Demo')",
    "INSERT INTO coupons VALUES ('TENOFF', 10, 2000000000, 3)",
]


def set_up():
    # Two of us may start at the same time, so one failure is fine.
    for _ in range(5):
        try:
            for table in TABLES:
                database.change(table)
            if not database.rows("SELECT 1 FROM products LIMIT 1"):
                for row in DEMO:
                    database.change(row)
            return
        except Exception:
            time.sleep(0.2)


def charge_card(cents):
    # The card terminal takes its time.
    time.sleep(0.05)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # keep connections open
    wbufsize = -1  # send headers and body in one go
    disable_nagle_algorithm = True

    # --- the pages ---------------------------------------------------------

    def healthz(self):
        self.reply(200, {"status": "ok"})

    def page(self, name, kind):
        with open(os.path.join(os.path.dirname(__file__), "page", name), encoding="utf-8") as file:
            text = file.read()
        # So that the page knows where to search.
        text = text.replace("%DATABASE_URL%", DATABASE_URL)
        self.reply(200, text, kind)

    def products(self):
        products = database.rows("SELECT sku, name, price_cents, stock FROM products ORDER BY name")
        self.reply(
            200,
            [
                {"sku": sku, "name": name, "price_cents": price, "stock": stock}
                for sku, name, price, stock in products
            ],
        )

    def place_order(self):
        customer = self.customer()
        if customer is None:
            return
        wanted = json.loads(self.body)

        # Take the things from the shelf, one by one.
        items = []
        for item in wanted["items"]:
            sku, qty = item["sku"], item["qty"]
            found = database.rows("SELECT price_cents, stock FROM products WHERE sku = ?", sku)
            if not found:
                self.reply(404, {"error": "no such product: %s" % sku})
                return
            price, stock = found[0]
            if stock < qty:
                self.reply(409, {"error": "we have only %d of %s" % (stock, sku)})
                return
            # The page knows the price already, with the coupon taken off.
            price = item.get("price_cents", price)
            charge_card(price * qty)
            database.change("UPDATE products SET stock = ? WHERE sku = ?", stock - qty, sku)
            items.append({"sku": sku, "qty": qty, "unit_price_cents": price})

        # A unique number that customers can read out on the phone.
        order_id = str(time.time_ns() // 1000)
        total = wanted.get("total_cents", sum(i["qty"] * i["unit_price_cents"] for i in items))
        order = {"order_id": order_id, "total_cents": total, "items": items}
        database.change(
            "INSERT INTO orders VALUES (?, ?, ?)", order_id, customer, json.dumps(order)
        )
        self.reply(201, order, location="/api/orders/" + order_id)

    def read_order(self, order_id):
        found = database.rows("SELECT body FROM orders WHERE id = ?", order_id)
        if not found:
            self.reply(404, {"error": "no such order"})
            return
        self.reply(200, json.loads(found[0][0]))

    # --- who is asking? ----------------------------------------------------

    def customer(self):
        """Returns the name of the customer, or answers and returns None."""
        token = self.headers.get("Authorization", "").replace("Bearer ", "")
        found = database.rows("SELECT name FROM customers WHERE token = ?", token)
        if not found:
            self.reply(401, {"error": "who are you?"})
            return None
        return found[0][0]

    # --- reading and writing -----------------------------------------------

    def reply(self, status, body, kind="application/json", location=None):
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(data)
        # One write for the whole line: the lines of two threads must not mix.
        print("%s %s -> %d\n" % (self.command, self.path, status), end="", flush=True)

    def handle_request(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = urlsplit(self.path).path
        try:
            if self.command == "POST" and path == "/api/orders":
                self.place_order()
            elif path.startswith("/api/orders/"):
                self.read_order(path[len("/api/orders/") :])
            elif path in PAGES:
                PAGES[path](self)
            else:
                self.reply(404, {"error": "no such page"})
        except Exception:
            # Everything that helps to find the problem.
            problem = {"database": DATABASE_URL, "trace": traceback.format_exc()}
            print(problem["trace"], flush=True)
            self.reply(500, {"error": problem})

    do_GET = do_POST = handle_request

    def log_message(self, *args):
        pass  # `reply` prints a line of our own


PAGES = {
    "/": lambda self: self.page("index.html", "text/html"),
    "/client.js": lambda self: self.page("client.js", "text/javascript"),
    "/style.css": lambda self: self.page("style.css", "text/css"),
    "/api/products": Handler.products,
    "/healthz": Handler.healthz,
}


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    set_up()
    print("listening on http://%s:%d" % (HOST, PORT), flush=True)
    try:
        Server((HOST, PORT), Handler).serve_forever()
    except KeyboardInterrupt:
        pass
