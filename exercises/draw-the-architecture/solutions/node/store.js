// The store: the shop's rules, each in the transaction that keeps it.
//
// Nothing is kept here between two calls. Prices, stock, and coupons are read
// from the database, never from a request, and an order is placed as a whole or
// not at all.

const crypto = require("node:crypto");
const demo = require("./demo");
const { openDatabase } = require("./database");

// Products, customers, and coupons are there already. This is what we add.
const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS orders (
    id          TEXT PRIMARY KEY,
    customer    TEXT NOT NULL,
    key         TEXT,
    request     TEXT NOT NULL,
    total_cents BIGINT NOT NULL DEFAULT 0,
    UNIQUE (customer, key)
  )`,
  `CREATE TABLE IF NOT EXISTS order_lines (
    order_id         TEXT NOT NULL,
    place            INTEGER NOT NULL,
    sku              TEXT NOT NULL,
    qty              INTEGER NOT NULL,
    unit_price_cents BIGINT NOT NULL,
    PRIMARY KEY (order_id, place)
  )`,
];

// What the rules say no to: "sku", "stock", "coupon", or "key".
class Refused extends Error {}

class Store {
  #database;

  // Opens the store behind a `DATABASE_URL`, with its tables in place.
  static async open(url) {
    const store = new Store();
    store.#database = await openDatabase(url, [...SCHEMA, ...demo.TABLES]);
    await demo.fill(store.#database);
    return store;
  }

  // Returns what is for sale.
  products() {
    return this.#database.rows(
      "SELECT sku, name, price_cents, stock FROM products ORDER BY name, sku",
    );
  }

  // Returns the customer behind a token, or undefined. The token itself is a
  // password of sorts, so orders are kept under its hash: whoever gets to see
  // them cannot order with it.
  async customerOf(token) {
    const known = await this.#database.rows("SELECT 1 FROM customers WHERE token = ?", token);
    if (known.length > 0) return crypto.createHash("sha256").update(token).digest("hex");
  }

  // Places an order, once for each key. Returns it, as it was placed. All of it
  // is one transaction: if it throws, nothing was ordered, no stock is gone, and
  // no coupon is used.
  placeOrder(customer, { items, coupon }, key = null) {
    const id = crypto.randomBytes(15).toString("base64url");
    const request = JSON.stringify([items, coupon]);
    return this.#database.writing(async (transaction) => {
      // This comes first. If the same key is on its way on another instance, the
      // database lets us wait here until that is decided.
      const placed = await transaction.change(
        `INSERT INTO orders (id, customer, key, request) VALUES (?, ?, ?, ?)
         ON CONFLICT DO NOTHING`,
        id, customer, key, request,
      );
      if (placed === 0) return placedBefore(transaction, customer, key, request);
      const lines = [];
      for (const item of inFixedOrder(items)) lines.push(await take(transaction, item));
      let total = lines.reduce((sum, line) => sum + line.qty * line.unit_price_cents, 0);
      if (coupon !== undefined) {
        total -= Math.floor((total * (await useCoupon(transaction, coupon))) / 100);
      }
      await transaction.change("UPDATE orders SET total_cents = ? WHERE id = ?", total, id);
      for (const [place, line] of lines.entries()) {
        await transaction.change(
          `INSERT INTO order_lines (order_id, place, sku, qty, unit_price_cents)
           VALUES (?, ?, ?, ?, ?)`,
          id, place, line.sku, line.qty, line.unit_price_cents,
        );
      }
      return { order_id: id, total_cents: total, items: lines };
    });
  }

  // Returns an order of this customer, or undefined. Nobody else's is found.
  orderOf(customer, id) {
    return order(this.#database, "customer = ? AND id = ?", customer, id);
  }
}

async function placedBefore(transaction, customer, key, request) {
  const [known] = await transaction.rows(
    "SELECT request FROM orders WHERE customer = ? AND key = ?",
    customer, key,
  );
  if (known.request !== request) throw new Refused("key");
  return order(transaction, "customer = ? AND key = ?", customer, key);
}

// Two orders for the same two products, in opposite order, would each hold what
// the other one waits for. In one order for all, they queue.
function inFixedOrder(items) {
  return items.toSorted((a, b) => (a.sku < b.sku ? -1 : 1));
}

// Takes products from the stock. Looking and taking are one statement.
async function take(transaction, { sku, qty }) {
  const taken = await transaction.change(
    "UPDATE products SET stock = stock - ? WHERE sku = ? AND stock >= ?",
    qty, sku, qty,
  );
  const [product] = await transaction.rows("SELECT price_cents FROM products WHERE sku = ?", sku);
  if (!product) throw new Refused("sku");
  if (taken === 0) throw new Refused("stock");
  return { sku, qty, unit_price_cents: product.price_cents };
}

// Uses a coupon up by one. Returns how many percent it takes off.
async function useCoupon(transaction, code) {
  const used = await transaction.change(
    `UPDATE coupons SET uses_left = uses_left - 1
     WHERE code = ? AND uses_left > 0 AND expires_at > ?`,
    code, Math.floor(Date.now() / 1000),
  );
  if (used === 0) throw new Refused("coupon");
  const [coupon] = await transaction.rows("SELECT percent_off FROM coupons WHERE code = ?", code);
  return coupon.percent_off;
}

async function order(database, condition, ...values) {
  const [found] = await database.rows(
    `SELECT id, total_cents FROM orders WHERE ${condition}`,
    ...values,
  );
  if (!found) return undefined;
  const items = await database.rows(
    "SELECT sku, qty, unit_price_cents FROM order_lines WHERE order_id = ? ORDER BY place",
    found.id,
  );
  return { order_id: found.id, total_cents: found.total_cents, items };
}

module.exports = { Refused, Store };
