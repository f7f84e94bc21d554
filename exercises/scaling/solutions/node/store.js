// The store: everything that the instances share, in the database.
//
// Whatever holds for the whole fleet is decided here, by the database, in one
// step: who owns an item, which number is next, how many requests are left. An
// instance that decided for itself would be right only while it is alone.

const { openDatabase } = require("./database");

const LIMIT = 20;
const WINDOW_MS = 10_000;

const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS items (
    id    TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    owner TEXT NOT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS orders (
    order_no  BIGINT PRIMARY KEY,
    customer  TEXT NOT NULL,
    placed_at BIGINT NOT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS counters (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
  )`,
  "INSERT INTO counters (name, value) VALUES ('orders', 1000) ON CONFLICT DO NOTHING",
  `CREATE TABLE IF NOT EXISTS avatars (
    user_name    TEXT PRIMARY KEY,
    content_type TEXT NOT NULL,
    data         BYTEA NOT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS windows (
    user_name TEXT PRIMARY KEY,
    opened_at BIGINT NOT NULL,
    used      BIGINT NOT NULL
  )`,
];

class Store {
  #database;

  // Opens the store behind a `DATABASE_URL`, with its tables in place.
  static async open(url) {
    const store = new Store();
    store.#database = await openDatabase(url, SCHEMA);
    return store;
  }

  // Returns an item, or undefined.
  //
  // It is read anew each time. That is one query by the primary key, and nobody
  // waits for anybody. A copy in the process would save it, for as long as a
  // reader may see an old value, and the writer may not.
  item(id) {
    return this.#database.row("SELECT id, value, owner FROM items WHERE id = ?", id);
  }

  // Writes an item. Returns whether it was free or belongs to the user.
  async writeItem(id, value, user) {
    const written = await this.#change(
      `INSERT INTO items (id, value, owner) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET value = excluded.value
       WHERE items.owner = excluded.owner`,
      id, value, user,
    );
    return written === 1;
  }

  // Places an order. Returns its number, which no other order has.
  placeOrder(user) {
    return this.#database.writing(async (transaction) => {
      // The update takes the lock, so the number that is read is ours.
      await transaction.change("UPDATE counters SET value = value + 1 WHERE name = 'orders'");
      const { value } = await transaction.row("SELECT value FROM counters WHERE name = 'orders'");
      await transaction.change(
        "INSERT INTO orders (order_no, customer, placed_at) VALUES (?, ?, ?)",
        value, user, Math.floor(Date.now() / 1000),
      );
      return value;
    });
  }

  // Returns a user's avatar, or undefined.
  avatarOf(user) {
    return this.#database.row("SELECT content_type, data FROM avatars WHERE user_name = ?", user);
  }

  // Replaces a user's avatar.
  saveAvatar(user, contentType, data) {
    return this.#change(
      `INSERT INTO avatars (user_name, content_type, data) VALUES (?, ?, ?)
       ON CONFLICT (user_name) DO UPDATE
       SET content_type = excluded.content_type, data = excluded.data`,
      user, contentType, data,
    );
  }

  // Takes one of the requests that a user has left. Returns 0, or the seconds
  // until there are some again.
  //
  // A window opens with the first request in it, and its count is compared and
  // raised in one step: of two instances that both see 19, one gets the
  // twentieth.
  take(user) {
    const now = Date.now();
    return this.#database.writing(async (transaction) => {
      await transaction.change(
        "INSERT INTO windows (user_name, opened_at, used) VALUES (?, ?, 0) ON CONFLICT DO NOTHING",
        user, now,
      );
      await transaction.change(
        "UPDATE windows SET opened_at = ?, used = 0 WHERE user_name = ? AND opened_at <= ?",
        now, user, now - WINDOW_MS,
      );
      const taken = await transaction.change(
        "UPDATE windows SET used = used + 1 WHERE user_name = ? AND used < ?",
        user, LIMIT,
      );
      if (taken === 1) return 0;
      const window = await transaction.row("SELECT opened_at FROM windows WHERE user_name = ?", user);
      return Math.max(1, Math.ceil((window.opened_at + WINDOW_MS - now) / 1000));
    });
  }

  #change(sql, ...values) {
    return this.#database.writing((transaction) => transaction.change(sql, ...values));
  }
}

module.exports = { LIMIT, Store };
