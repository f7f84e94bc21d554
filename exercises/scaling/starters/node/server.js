// The shop.
//
// Type `npm install` once, then `node server.js`, and open
// http://127.0.0.1:3000 in a browser. Items are kept in the database, so they are
// shared.

const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { setTimeout: sleep } = require("node:timers/promises");
const express = require("express");
const jwt = require("jsonwebtoken");
const { openDatabase } = require("./database");

const HOST = process.env.HOST || "127.0.0.1";
const PORT = Number(process.env.PORT || 3000);
const SECRET = process.env.JWT_SECRET || "";
const DATA_DIR = process.env.DATA_DIR || ".";
const INSTANCE = process.env.INSTANCE || "a";

// Pictures are files. The folder has our name, so nobody else writes into it.
const AVATARS = path.join(DATA_DIR, `avatars-${INSTANCE}`);

const HELP = `Welcome to the shop!

  POST /login       {"username": "fox"}; gives you a token
  PUT  /items/42    {"value": "a red bicycle"}; send "Authorization: Bearer <token>"
  GET  /items/42
  POST /orders      {}; gives you an order number
  PUT  /avatar      a picture of you
  GET  /avatar
  GET  /limited     twenty times in ten seconds, please
`;

// --- the database ----------------------------------------------------------

const TABLES = [
  "CREATE TABLE IF NOT EXISTS items (id TEXT PRIMARY KEY, value TEXT, owner TEXT)",
  "CREATE TABLE IF NOT EXISTS alive (instance TEXT PRIMARY KEY, seen_at BIGINT)",
];

async function createTables() {
  // When all of us start at once, the database may be busy. Just try again.
  for (let attempt = 0; ; attempt++) {
    try {
      const database = openDatabase(process.env.DATABASE_URL);
      for (const table of TABLES) await database.change(table);
      return database;
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(100);
    }
  }
}

let database;

// Only one of us looks at the items at a time. So nobody reads while somebody
// writes. The lock is a folder, because there may be other processes: making one
// fails if it is there already.
const LOCK = path.join(DATA_DIR, "items.lock");
let turn = Promise.resolve(); // first among ourselves

function withItemsLock(work) {
  const mine = turn.then(async () => {
    await takeLock();
    try {
      return await work();
    } finally {
      removeLock();
    }
  });
  turn = mine.catch(() => {});
  return mine;
}

async function takeLock() {
  for (;;) {
    try {
      fs.mkdirSync(LOCK);
      return await sleep(4); // let writes that are on their way arrive
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    breakIfOld();
    await sleep(2);
  }
}

function breakIfOld() {
  // Whoever made it has probably died.
  const made = fs.statSync(LOCK, { throwIfNoEntry: false });
  if (made && Date.now() - made.mtimeMs > 500) removeLock();
}

function removeLock() {
  fs.rmSync(LOCK, { recursive: true, force: true });
}

// --- order numbers and limits ------------------------------------------------

let lastOrder = 1000;
const recent = new Map(); // user -> times of their requests in the last ten seconds

// Counts a request. Returns 0 if it is within the limit, else the seconds to wait.
function secondsToWait(user) {
  const now = Date.now();
  const times = (recent.get(user) || []).filter((time) => time > now - 10_000);
  recent.set(user, times);
  if (times.length >= 20) return Math.max(1, Math.ceil((times[0] + 10_000 - now) / 1000));
  times.push(now);
  return 0;
}

// --- the pages -------------------------------------------------------------

const app = express();

// One line per request.
app.use((req, res, next) => {
  res.on("finish", () => {
    console.log(`${req.method} ${req.path} user=${req.user || "-"} -> ${res.statusCode}`);
  });
  next();
});

// Bodies come as bytes: some are pictures, and some are JSON.
app.use(express.raw({ type: () => true, limit: "1mb" }));

app.get("/", (req, res) => {
  res.type("text/plain").send(HELP);
});

app.get("/healthz", async (req, res) => {
  // We are only healthy if the database is: note down that we were here.
  await database.change(
    `INSERT INTO alive (instance, seen_at) VALUES (?, ?)
     ON CONFLICT (instance) DO UPDATE SET seen_at = excluded.seen_at`,
    INSTANCE, Date.now(),
  );
  res.json({ status: "ok" });
});

app.get("/readyz", (req, res) => {
  res.json({ status: "ready" });
});

app.post("/login", needsObject, (req, res) => {
  const { username } = req.json;
  if (typeof username !== "string" || username.length < 1 || username.length > 64) {
    return res.status(422).json({ error: "username, please" });
  }
  req.user = username;
  const token = jwt.sign({ sub: username }, SECRET, { algorithm: "HS256", expiresIn: 3600 });
  res.json({ token });
});

app.get("/items/:id", needsItemId, async (req, res) => {
  const row = await withItemsLock(() =>
    database.row("SELECT value, owner FROM items WHERE id = ?", req.params.id),
  );
  if (!row) {
    return res.status(404).json({ error: "no such item" });
  }
  res.json({ id: req.params.id, value: row.value, owner: row.owner });
});

app.put("/items/:id", needsItemId, needsLogin, needsObject, async (req, res) => {
  const { value } = req.json;
  if (typeof value !== "string" || value.length > 1000) {
    return res.status(422).json({ error: "value must be a text, and not too long" });
  }
  const changed = await withItemsLock(() =>
    database.change(
      `INSERT INTO items (id, value, owner) VALUES (?, ?, ?) ON CONFLICT (id)
       DO UPDATE SET value = excluded.value WHERE items.owner = excluded.owner`,
      req.params.id, value, req.user,
    ),
  );
  if (!changed) {
    return res.status(403).json({ error: "this belongs to somebody else" });
  }
  res.json({ id: req.params.id, value, owner: req.user });
});

app.post("/orders", needsLogin, needsObject, (req, res) => {
  lastOrder += 1;
  res.status(201).json({ order_no: lastOrder });
});

app.get("/avatar", needsLogin, (req, res) => {
  const file = avatarFile(req.user);
  if (!fs.existsSync(file)) {
    return res.status(404).json({ error: "no avatar yet" });
  }
  res.setHeader("Content-Type", fs.readFileSync(file + ".type", "utf8"));
  res.end(fs.readFileSync(file));
});

app.put("/avatar", needsLogin, (req, res) => {
  const picture = req.body || Buffer.alloc(0);
  if (picture.length > 64 * 1024) {
    return res.status(413).json({ error: "this picture is too big" });
  }
  fs.mkdirSync(AVATARS, { recursive: true });
  fs.writeFileSync(avatarFile(req.user), picture);
  const kind = req.headers["content-type"] || "application/octet-stream";
  fs.writeFileSync(avatarFile(req.user) + ".type", kind);
  res.status(204).end();
});

app.get("/limited", needsLogin, (req, res) => {
  const wait = secondsToWait(req.user);
  if (wait) {
    return res.status(429).set("Retry-After", String(wait)).json({ error: "not so fast" });
  }
  res.json({ status: "go on" });
});

function avatarFile(user) {
  return path.join(AVATARS, crypto.createHash("sha256").update(user).digest("hex"));
}

// --- who is asking, and for what? ----------------------------------------------

function needsLogin(req, res, next) {
  const [scheme, token = ""] = (req.headers.authorization || "").split(" ");
  try {
    if (scheme.toLowerCase() !== "bearer") throw new Error("no token");
    req.user = jwt.verify(token, SECRET, { algorithms: ["HS256"] }).sub;
  } catch {
    return res.status(401).set("WWW-Authenticate", "Bearer").json({ error: "log in first" });
  }
  next();
}

function needsItemId(req, res, next) {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(req.params.id)) {
    return res.status(404).json({ error: "no such item" });
  }
  next();
}

function needsObject(req, res, next) {
  try {
    req.json = JSON.parse(req.body);
  } catch {
    return res.status(400).json({ error: "this is not JSON" });
  }
  if (!req.json || typeof req.json !== "object" || Array.isArray(req.json)) {
    return res.status(422).json({ error: "this is not a JSON object" });
  }
  next();
}

app.use((req, res) => {
  res.status(404).json({ error: "no such page" });
});

// Express comes here when something throws.
app.use((error, req, res, next) => {
  res.status(error.status || 500).json({ error: error.message });
});

async function main() {
  if (SECRET.length < 32) throw new Error("JWT_SECRET must be set, to 32 bytes or more.");
  database = await createTables();
  const server = app.listen(PORT, HOST, (error) => {
    if (error) throw error;
    console.log(`listening on http://${HOST}:${PORT}`);
  });
  // Keep connections open for longer than the balancer does.
  server.keepAliveTimeout = 65_000;
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
