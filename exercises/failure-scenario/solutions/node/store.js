// The store: everything the service remembers, in the database.
//
// Nothing is kept here between two calls. What writes returns after the commit
// and not before, and whatever belongs together is in one transaction.

const crypto = require("node:crypto");
const { openDatabase } = require("./database");

const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS users (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    password    TEXT NOT NULL,
    preferences TEXT NOT NULL DEFAULT '{}',
    version     TEXT NOT NULL,
    points      BIGINT NOT NULL DEFAULT 0
  )`,
  `CREATE TABLE IF NOT EXISTS logged_out (
    jti        TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
  )`,
  // What has been added, under which key, and what the answer was.
  `CREATE TABLE IF NOT EXISTS additions (
    user_id TEXT NOT NULL,
    key     TEXT NOT NULL,
    delta   BIGINT NOT NULL,
    total   BIGINT NOT NULL,
    PRIMARY KEY (user_id, key)
  )`,
];

// An idempotency key came back with another request.
class KeyReused extends Error {}

class Store {
  #database;

  // Opens the store behind a `DATABASE_URL`, with its tables in place.
  static async open(url) {
    const store = new Store();
    store.#database = await openDatabase(url, SCHEMA);
    return store;
  }

  // Adds a user. Returns whether the name was free.
  async addUser(name, password) {
    const added = await this.#change(
      "INSERT INTO users (id, name, password, version) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
      crypto.randomUUID(), name, password, newVersion(),
    );
    return added === 1;
  }

  // Returns the id and the stored password behind a name, or undefined.
  loginOf(name) {
    return this.#database.row("SELECT id, password FROM users WHERE name = ?", name);
  }

  // Returns the user a token speaks for, or undefined if it was logged out.
  userOf({ sub, jti }) {
    return this.#database.row(
      `SELECT id, name, preferences, version FROM users
       WHERE id = ? AND NOT EXISTS (SELECT 1 FROM logged_out WHERE jti = ?)`,
      sub, jti,
    );
  }

  // Replaces the preferences, whatever they were. Returns the new version. The
  // document is one value in one row: whoever reads it sees the old one or the
  // new one, also after a crash.
  async replacePreferences(userId, text) {
    const version = newVersion();
    await this.#change(
      "UPDATE users SET preferences = ?, version = ? WHERE id = ?",
      text, version, userId,
    );
    return version;
  }

  // Replaces the preferences if they still have the version `expected`. Returns
  // the new version, or undefined if they do not. Comparing and writing are one
  // statement: no other writer comes in between, on any instance.
  async replacePreferencesOf(userId, expected, text) {
    const version = newVersion();
    const changed = await this.#change(
      "UPDATE users SET preferences = ?, version = ? WHERE id = ? AND version = ?",
      text, version, userId, expected,
    );
    return changed === 1 ? version : undefined;
  }

  // Adds to the points, once for each key. Returns the total after that.
  //
  // The key and its answer are stored in the transaction that adds. Before it, a
  // crash would lose the points; after it, they would count twice.
  addPoints(userId, key, delta) {
    return this.#database.writing(async (transaction) => {
      // This comes first because it takes the lock: the same key at the same
      // moment on another instance waits here until the commit. (SQLite has
      // locked the whole file already; PostgreSQL locks the row.)
      await transaction.change("UPDATE users SET points = points WHERE id = ?", userId);
      const known = await transaction.row(
        "SELECT delta, total FROM additions WHERE user_id = ? AND key = ?",
        userId, key,
      );
      if (known && Number(known.delta) !== delta) throw new KeyReused();
      if (known) return Number(known.total);
      await transaction.change("UPDATE users SET points = points + ? WHERE id = ?", delta, userId);
      const { points } = await transaction.row("SELECT points FROM users WHERE id = ?", userId);
      await transaction.change(
        "INSERT INTO additions (user_id, key, delta, total) VALUES (?, ?, ?, ?)",
        userId, key, delta, points,
      );
      return Number(points);
    });
  }

  // Remembers that a token is dead, for as long as it could be used.
  logOut(jti, keepUntil) {
    return this.#database.writing(async (transaction) => {
      const now = Math.floor(Date.now() / 1000);
      await transaction.change("DELETE FROM logged_out WHERE expires_at < ?", now);
      await transaction.change(
        "INSERT INTO logged_out (jti, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
        jti, keepUntil,
      );
    });
  }

  #change(sql, ...values) {
    return this.#database.writing((transaction) => transaction.change(sql, ...values));
  }
}

// A version is random and not a number that counts up: it never comes back,
// not even when a user is deleted and registers again.
function newVersion() {
  return crypto.randomBytes(12).toString("base64url");
}

module.exports = { KeyReused, Store };
