// The database, SQLite or PostgreSQL.
//
//   const { openDatabase } = require("./database");
//   const database = openDatabase(process.env.DATABASE_URL);
//   await database.rows("SELECT name FROM pets WHERE legs = ?", 4); // [{ name: "Rex" }]
//   await database.change("UPDATE pets SET legs = 3 WHERE name = ?", "Rex"); // 1
//
// `rows` gives the rows, `change` gives how many rows it changed. There is also
// this, which we have not used yet:
//
//   await database.transaction(async (transaction) => {
//     await transaction.change(...);
//     await transaction.rows(...);
//   });
//
// All of it happens, or after an exception nothing of it.

// Opens the database behind a URL such as sqlite:///tmp/app.db (three slashes).
function openDatabase(url = "") {
  if (url.startsWith("sqlite:///")) return openSqlite(url.slice("sqlite://".length));
  if (url.startsWith("postgres://")) return openPostgres(url);
  throw new Error("DATABASE_URL must begin with sqlite:/// or postgres://");
}

function openSqlite(path) {
  const Driver = sqliteDriver();
  // Transactions have a connection of their own, so that nobody else's
  // statements get into them, and take turns.
  const [file, other] = [new Driver(path), new Driver(path)];
  let turn = Promise.resolve();
  for (const each of [file, other]) {
    // Wait up to 10 seconds for other writers, and let others read meanwhile.
    // The whole process waits: think about that when you have the time.
    each.exec("PRAGMA busy_timeout = 10000");
    each.exec("PRAGMA journal_mode = WAL");
  }
  return {
    ...statements(file),
    transaction(work) {
      turn = turn.catch(() => {}).then(async () => {
        // IMMEDIATE takes the lock for writing right at the beginning.
        other.exec("BEGIN IMMEDIATE");
        try {
          const result = await work(statements(other));
          other.exec("COMMIT");
          return result;
        } catch (error) {
          other.exec("ROLLBACK");
          throw error;
        }
      });
      return turn;
    },
  };
}

function statements(file) {
  return {
    rows: async (sql, ...values) => file.prepare(sql).all(...values),
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
  const over = (connection) => ({
    rows: async (sql, ...values) => (await connection.query(numbered(sql), values)).rows,
    change: async (sql, ...values) => (await connection.query(numbered(sql), values)).rowCount,
  });
  return {
    ...over(pool),
    async transaction(work) {
      const client = await pool.connect();
      try {
        await client.query("BEGIN");
        const result = await work(over(client));
        await client.query("COMMIT");
        client.release();
        return result;
      } catch (error) {
        client.release(true); // closing the connection undoes what was begun on it
        throw error;
      }
    },
  };
}

// PostgreSQL writes $1, $2 where SQLite writes a question mark.
function numbered(sql) {
  let number = 0;
  return sql.replace(/\?/g, () => `$${++number}`);
}

module.exports = { openDatabase };
