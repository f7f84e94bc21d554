// The database behind `DATABASE_URL`: a SQLite file or PostgreSQL, used alike.
//
// Either way `?` stands for a value in a statement, and both know the SQL that
// is used here. What differs is how one connects, what locks, and what fails.

const { setTimeout: sleep } = require("node:timers/promises");

// The contract wants an answer within 3 seconds, also when the database gives
// none. A second is left for everything else.
const LONGEST_WAIT_MS = 2000;
const PAUSE_MS = 3;
const CONNECTIONS = 20; // to PostgreSQL, which allows 100 in all unless told

// The result code of SQLite; the upper bits hold details that do not matter.
const SQLITE_BUSY = 5;

// SQLSTATEs of PostgreSQL. 08: the connection broke. 40: gave way to another
// transaction. 53: no room for connections. 55P03, 57014: waited too long.
// 57P: starting up or shutting down.
const POSTGRES_BUSY = /^(08|40|53|55P03|57014|57P)/;

// The database could not be used in time. Trying again later may help.
class Busy extends Error {}

// Opens the database behind a URL and creates its tables, unless they are there.
async function openDatabase(url, tables) {
  if (/^sqlite:\/\/\//.test(url)) return SqliteDatabase.open(url.slice("sqlite://".length), tables);
  if (/^postgres(ql)?:\/\/./.test(url)) return PostgresDatabase.open(url, tables);
  throw new Error(
    "DATABASE_URL must look like sqlite:///path/to/app.db " +
      "or postgres://user:password@127.0.0.1:5432/name",
  );
}

// A SQLite file, opened with what this Node has.
//
// Both drivers are synchronous: while SQLite works, nothing else in the process
// runs. That is fine for statements of a few microseconds. It would not be fine
// for waiting until another process has finished writing, so SQLite is told not
// to wait at all, and `patiently` waits outside of it.
class SqliteDatabase {
  #reader;
  #writer;
  #turn = Promise.resolve();

  static async open(path, tables) {
    const database = new SqliteDatabase();
    const writer = new SqliteConnection(path);
    database.#writer = writer;
    // With WAL, others can read while one writes. Instances that start together
    // may get in each other's way here.
    await patiently(() => writer.exec("PRAGMA journal_mode = WAL"));
    for (const table of tables) await patiently(() => writer.exec(table));
    database.#reader = new SqliteConnection(path);
    return database;
  }

  // Returns the rows of a query.
  async rows(sql, ...values) {
    return patiently(() => this.#reader.rows(sql, ...values));
  }

  // Runs `work` in a transaction and returns what it returns, after the commit.
  // So what a request promises, it promises after this. If `work` throws,
  // nothing of it happened.
  writing(work) {
    const deadline = performance.now() + LONGEST_WAIT_MS;
    // There is one connection to write with, so this process takes turns.
    const mine = this.#turn.then(() => this.#transaction(work, deadline));
    this.#turn = mine.catch(() => {});
    return mine;
  }

  async #transaction(work, deadline) {
    await patiently(() => this.#writer.exec("BEGIN IMMEDIATE"), deadline);
    try {
      const result = await work(this.#writer);
      this.#writer.exec("COMMIT");
      return result;
    } catch (error) {
      this.#writer.exec("ROLLBACK");
      throw error;
    }
  }
}

// A connection to a SQLite file, with its prepared statements.
class SqliteConnection {
  #file;
  #statements = new Map();

  constructor(path) {
    const Driver = sqliteDriver();
    this.#file = new Driver(path);
    this.#file.exec("PRAGMA busy_timeout = 0");
  }

  exec(sql) {
    this.#file.exec(sql);
  }

  // Returns the rows of a query.
  rows(sql, ...values) {
    return this.#prepared(sql).all(...values);
  }

  // Carries out a statement. Returns how many rows it changed.
  change(sql, ...values) {
    return Number(this.#prepared(sql).run(...values).changes);
  }

  #prepared(sql) {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.#file.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
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

// Returns what `work` returns, and repeats it while somebody else has the lock.
// `work` is one statement: it takes effect as a whole or not at all.
async function patiently(work, deadline = performance.now() + LONGEST_WAIT_MS) {
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isSqliteBusy(error)) throw error;
      if (performance.now() > deadline) throw new Busy(error.message);
    }
    await sleep(PAUSE_MS * (0.5 + Math.random()));
  }
}

// node:sqlite has the number in `errcode`, libsql in `rawCode`.
function isSqliteBusy(error) {
  const code = error.errcode ?? error.rawCode;
  return Number.isInteger(code) && (code & 0xff) === SQLITE_BUSY;
}

// A PostgreSQL database, through a pool of connections.
class PostgresDatabase {
  #pool;

  static async open(url, tables) {
    const { Pool, types } = require("pg");
    // A bigint may be too long for a number, so it comes as text. Ours are not.
    types.setTypeParser(types.builtins.INT8, Number);
    const database = new PostgresDatabase();
    database.#pool = new Pool({
      connectionString: url,
      max: CONNECTIONS,
      // One half for waiting until a connection is free, one for the statement.
      connectionTimeoutMillis: LONGEST_WAIT_MS / 2,
      statement_timeout: LONGEST_WAIT_MS / 2,
      // For when PostgreSQL cannot even say that it gave up.
      query_timeout: LONGEST_WAIT_MS,
    });
    // An idle connection broke: the pool opens another one when it is needed.
    database.#pool.on("error", (error) => console.error(`database: ${error.message}`));
    await database.#create(tables);
    return database;
  }

  // Returns the rows of a query.
  async rows(sql, ...values) {
    return (await this.#query(sql, values)).rows;
  }

  // Runs `work` in a transaction and returns what it returns, after the commit.
  async writing(work) {
    const client = await unlessBusy(this.#pool.connect());
    const query = (sql, values) => unlessBusy(client.query(numbered(sql), values));
    try {
      await query("BEGIN");
      const result = await work({
        rows: async (sql, ...values) => (await query(sql, values)).rows,
        change: async (sql, ...values) => (await query(sql, values)).rowCount,
      });
      await query("COMMIT");
      client.release();
      return result;
    } catch (error) {
      client.release(true); // closing the connection undoes what was begun on it
      throw error;
    }
  }

  // `IF NOT EXISTS` looks before it creates, and two instances may look at the
  // same moment. So only the holder of a lock does either; its number is any
  // that all instances agree on. Statements sent as one are one transaction.
  async #create(tables) {
    await this.#query(["SELECT pg_advisory_xact_lock(7310)", ...tables].join(";\n"));
  }

  #query(sql, values) {
    return unlessBusy(this.#pool.query(numbered(sql), values));
  }
}

// Waits for an answer of PostgreSQL, and tells `Busy` from other errors.
async function unlessBusy(answer) {
  try {
    return await answer;
  } catch (error) {
    throw isPostgresBusy(error) ? new Busy(error.message) : error;
  }
}

// PostgreSQL writes $1, $2, ... where SQLite writes a question mark.
function numbered(sql) {
  let number = 0;
  return sql.replace(/\?/g, () => `$${++number}`);
}

// What PostgreSQL refuses has a SQLSTATE. Every other error comes from the way
// to it: the connection broke, or there was none in time.
function isPostgresBusy(error) {
  return error.severity === undefined || POSTGRES_BUSY.test(error.code);
}

module.exports = { Busy, openDatabase };
