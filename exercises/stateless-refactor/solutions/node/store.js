// The store: everything the service remembers, in the database.

const crypto = require("node:crypto");
const { openDatabase } = require("./database");

const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS users (
    id          TEXT PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    password    TEXT NOT NULL,
    preferences TEXT NOT NULL DEFAULT '{}',
    version     TEXT NOT NULL
  )`,
  `CREATE TABLE IF NOT EXISTS logged_out (
    jti        TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
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

  // Adds a user. Returns whether the name was free.
  async addUser(name, password) {
    const added = await this.#database.change(
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

  // Replaces the preferences, whatever they were. Returns the new version.
  async replacePreferences(userId, text) {
    const version = newVersion();
    await this.#database.change(
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
    const changed = await this.#database.change(
      "UPDATE users SET preferences = ?, version = ? WHERE id = ? AND version = ?",
      text, version, userId, expected,
    );
    return changed === 1 ? version : undefined;
  }

  // Remembers that a token is dead, for as long as it could be used.
  async logOut(jti, keepUntil) {
    await this.#database.change(
      "INSERT INTO logged_out (jti, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
      jti, keepUntil,
    );
    await this.#database.change("DELETE FROM logged_out WHERE expires_at < ?", Math.floor(Date.now() / 1000));
  }

  // Returns how many users and logged-out tokens there are.
  async counts() {
    const { users, tokens } = await this.#database.row(
      "SELECT (SELECT count(*) FROM users) AS users, (SELECT count(*) FROM logged_out) AS tokens",
    );
    return { users, logged_out_tokens: tokens };
  }
}

// A version is random and not a number that counts up: it never comes back,
// not even when a user is deleted and registers again.
function newVersion() {
  return crypto.randomBytes(12).toString("base64url");
}

module.exports = { Store };
