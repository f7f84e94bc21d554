// For you: opens the database. The service does not use it yet.
//
//   const { openDatabase } = require("./database");
//   const database = openDatabase(process.env.DATABASE_URL);
//   database.exec("CREATE TABLE IF NOT EXISTS pets (name TEXT PRIMARY KEY, legs INTEGER)");
//   database.prepare("INSERT INTO pets (name, legs) VALUES (?, ?)").run("Rex", 4);
//   database.prepare("SELECT legs FROM pets WHERE name = ?").get("Rex").legs; // 4
//
// `run` returns an object with `changes`, the number of rows that it changed.
// `get` returns a row, or undefined when there is none.

// Node brings SQLite along from version 22.13 on. Older versions use the
// package libsql, whose functions have the same names.
function driver() {
  try {
    return require("node:sqlite").DatabaseSync;
  } catch {
    return require("libsql");
  }
}

// Opens the file behind a URL such as sqlite:///tmp/app.db (three slashes).
function openDatabase(url) {
  const prefix = "sqlite://";
  if (!url || !url.startsWith(prefix + "/")) {
    throw new Error("DATABASE_URL must look like sqlite:///path/to/app.db");
  }
  const Database = driver();
  const database = new Database(url.slice(prefix.length));

  // Wait up to 10 seconds for other writers, and let others read meanwhile.
  // The whole process waits: think about that when you have the time.
  database.exec("PRAGMA busy_timeout = 10000");
  database.exec("PRAGMA journal_mode = WAL");
  return database;
}

module.exports = { openDatabase };
