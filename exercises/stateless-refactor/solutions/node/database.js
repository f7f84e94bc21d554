// The database: an SQLite file, opened with what this Node has.
//
// Both drivers are synchronous: while SQLite works, nothing else in the process
// runs. That is fine for statements of a few microseconds. It would not be fine
// for waiting until another process has finished writing, so SQLite is told not
// to wait at all, and `patiently` waits outside of it.

const { setTimeout: sleep } = require("node:timers/promises");

const LONGEST_WAIT_MS = 10_000;
const PAUSE_MS = 15;

// The result code of SQLite; the upper bits hold details that do not matter.
const SQLITE_BUSY = 5;

// The database could not be used in time. Trying again later may help.
class Busy extends Error {}

// Opens the file behind a URL such as sqlite:///tmp/app.db (three slashes).
async function openDatabase(url) {
  const prefix = "sqlite://";
  if (!url || !url.startsWith(prefix + "/")) {
    throw new Error("DATABASE_URL must look like sqlite:///path/to/app.db");
  }
  const Database = driver();
  const database = new Database(url.slice(prefix.length));
  database.exec("PRAGMA busy_timeout = 0");
  // With WAL, others can read while one writes. Instances that start together
  // may get in each other's way here.
  await patiently(() => database.exec("PRAGMA journal_mode = WAL"));
  return database;
}

// Node brings SQLite along from version 22.13 on. Older versions use the
// package libsql, whose functions have the same names.
function driver() {
  try {
    return require("node:sqlite").DatabaseSync;
  } catch {
    return require("libsql");
  }
}

// Returns what `work` returns, and repeats it while somebody else has the lock.
// `work` is one statement: it takes effect as a whole or not at all.
async function patiently(work) {
  const deadline = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() > deadline) throw new Busy(error.message);
    }
    await sleep(PAUSE_MS * (0.5 + Math.random()));
  }
}

// node:sqlite has the number in `errcode`, libsql in `rawCode`.
function isBusy(error) {
  const code = error.errcode ?? error.rawCode;
  return Number.isInteger(code) && (code & 0xff) === SQLITE_BUSY;
}

module.exports = { Busy, openDatabase, patiently };
