// The shop. Launch day!
//
// Start it with `node server.js` and open http://127.0.0.1:3000 in a browser.
// With an empty database it fills in a few products and a customer whose token
// is `demo`, so that you can order something.

const fs = require("node:fs");
const path = require("node:path");
const { setTimeout: sleep } = require("node:timers/promises");
const express = require("express");
const { openDatabase } = require("./database");

const HOST = process.env.HOST || "127.0.0.1";
const PORT = Number(process.env.PORT || 3000);
const DATABASE_URL = process.env.DATABASE_URL || `sqlite://${path.resolve("shop.db")}`;

const database = openDatabase(DATABASE_URL);

const TABLES = [
  `CREATE TABLE IF NOT EXISTS products
   (sku TEXT PRIMARY KEY, name TEXT, price_cents INTEGER, stock INTEGER)`,
  "CREATE TABLE IF NOT EXISTS customers (token TEXT PRIMARY KEY, name TEXT)",
  `CREATE TABLE IF NOT EXISTS coupons
   (code TEXT PRIMARY KEY, percent_off INTEGER, expires_at INTEGER, uses_left INTEGER)`,
  "CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, customer TEXT, body TEXT)",
];

const DEMO = [
  `INSERT INTO products VALUES ('LAPTOP-13', 'Laptop, 13 inch', 129900, 5),
   ('MOUSE-1', 'Mouse with three buttons', 1950, 40),
   ('LAMP-7', 'Desk lamp, warm light', 3499, 12),
   ('MUG-2', 'Mug, holds half a liter', 899, 0)`,
  "INSERT INTO customers VALUES ('demo', 'Demo')",
  "INSERT INTO coupons VALUES ('TENOFF', 10, 2000000000, 3)",
];

async function setUp() {
  // Two of us may start at the same time, so one failure is fine.
  for (let tries = 0; tries < 5; tries++) {
    try {
      for (const table of TABLES) await database.change(table);
      if ((await database.rows("SELECT 1 FROM products LIMIT 1")).length === 0) {
        for (const row of DEMO) await database.change(row);
      }
      return;
    } catch {
      await sleep(200);
    }
  }
}

// The card terminal takes its time.
async function chargeCard(cents) {
  await sleep(50);
}

const app = express();
app.use(express.json({ type: () => true }));

app.use((req, res, next) => {
  res.on("finish", () => console.log(`${req.method} ${req.path} -> ${res.statusCode}`));
  next();
});

app.get("/healthz", (req, res) => {
  res.json({ status: "ok" });
});

app.get("/", (req, res) => {
  res.type("html").send(page("index.html"));
});

app.get("/client.js", (req, res) => {
  res.type("js").send(page("client.js"));
});

app.get("/style.css", (req, res) => {
  res.type("css").send(page("style.css"));
});

function page(name) {
  const text = fs.readFileSync(path.join(__dirname, "page", name), "utf8");
  // So that the page knows where to search.
  return text.replace("%DATABASE_URL%", DATABASE_URL);
}

app.get("/api/products", async (req, res) => {
  res.json(await database.rows("SELECT sku, name, price_cents, stock FROM products ORDER BY name"));
});

// Who is asking? Gives the name of the customer, or answers.
async function customer(req, res, next) {
  const token = (req.headers.authorization || "").replace("Bearer ", "");
  const [found] = await database.rows("SELECT name FROM customers WHERE token = ?", token);
  if (!found) return res.status(401).json({ error: "who are you?" });
  req.customer = found.name;
  next();
}

app.post("/api/orders", customer, async (req, res) => {
  // Take the things from the shelf, one by one.
  const items = [];
  for (const item of req.body.items) {
    const { sku, qty } = item;
    const [product] = await database.rows(
      "SELECT price_cents, stock FROM products WHERE sku = ?",
      sku,
    );
    if (!product) return res.status(404).json({ error: `no such product: ${sku}` });
    if (product.stock < qty) {
      return res.status(409).json({ error: `we have only ${product.stock} of ${sku}` });
    }
    // The page knows the price already, with the coupon taken off.
    const price = item.price_cents ?? product.price_cents;
    await chargeCard(price * qty);
    await database.change("UPDATE products SET stock = ? WHERE sku = ?", product.stock - qty, sku);
    items.push({ sku, qty, unit_price_cents: price });
  }

  // A unique number that customers can read out on the phone.
  const id = String(process.hrtime.bigint());
  const sum = items.reduce((total, item) => total + item.qty * item.unit_price_cents, 0);
  const order = { order_id: id, total_cents: req.body.total_cents ?? sum, items };
  await database.change("INSERT INTO orders VALUES (?, ?, ?)", id, req.customer, JSON.stringify(order));
  res.status(201).location(`/api/orders/${id}`).json(order);
});

app.get("/api/orders/:id", async (req, res) => {
  const [found] = await database.rows("SELECT body FROM orders WHERE id = ?", req.params.id);
  if (!found) return res.status(404).json({ error: "no such order" });
  res.json(JSON.parse(found.body));
});

// Everything that helps to find the problem.
app.use((error, req, res, next) => {
  console.error(error);
  res.status(500).json({ error: { database: DATABASE_URL, trace: error.stack } });
});

setUp().then(() => {
  app.listen(PORT, HOST, () => console.log(`listening on http://${HOST}:${PORT}`));
});
