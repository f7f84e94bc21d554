// For you: the database, SQLite or PostgreSQL. The service does not use it yet.
//
//   const { openDatabase } = require("./database");
//   const database = openDatabase(process.env.DATABASE_URL);
//   await database.change("CREATE TABLE IF NOT EXISTS pets (name TEXT PRIMARY KEY, legs INTEGER)");
//   await database.change("INSERT INTO pets (name, legs) VALUES (?, ?)", "Rex", 4); // 1
//   await database.row("SELECT legs FROM pets WHERE name = ?", "Rex"); // { legs: 4 }
//
// `row` gives the first row, or undefined when there is none. `change` gives
// how many rows it changed.

// Opens the database behind a URL such as sqlite:///tmp/app.db (three slashes).
function openDatabase(url = "") {
  if (url.startsWith("sqlite:///")) return openSqlite(url.slice("sqlite://".length));
  if (url.startsWith("postgres://")) return openPostgres(url);
  throw new Error("DATABASE_URL must begin with sqlite:/// or postgres://");
}

function openSqlite(path) {
  const Driver = sqliteDriver();
  const file = new Driver(path);

  // Wait up to 10 seconds for other writers, and let others read meanwhile.
  // The whole process waits: think about that when you have the time.
  file.exec("PRAGMA busy_timeout = 10000");
  file.exec("PRAGMA journal_mode = WAL");
  return {
    row: async (sql, ...values) => file.prepare(sql).get(...values),
    change: async (sql, ...values) => Number(file.prepare(sql).run(...values).changes),
  };
}

// Node brings SQLite along from version 22.13 on. Older versions use the
// package libsql, whose functions have the same names.
function sqliteDriver() {
  try {
    return require("node:sqlite").DatabaseSync;
  } catch {
    return require("libsql");
  }
}

function openPostgres(url) {
  const { Pool } = require("pg");
  const pool = new Pool({ connectionString: url, connectionTimeoutMillis: 10_000 });

  // An idle connection broke. The pool opens another one when it is needed.
  pool.on("error", (error) => console.error(`database: ${error.message}`));
  return {
    row: async (sql, ...values) => (await pool.query(numbered(sql), values)).rows[0],
    change: async (sql, ...values) => (await pool.query(numbered(sql), values)).rowCount,
  };
}

// PostgreSQL writes $1, $2 where SQLite writes a question mark.
function numbered(sql) {
  let number = 0;
  return sql.replace(/\?/g, () => `$${++number}`);
}

module.exports = { openDatabase };
