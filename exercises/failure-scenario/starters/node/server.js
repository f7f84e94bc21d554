// The preferences service.
//
// Type `npm install` once, then `node server.js`, and open
// http://127.0.0.1:3000 in a browser. What people have saved is written to a file
// every five seconds, so it is still there after a restart.

const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const express = require("express");

const HOST = process.env.HOST || "127.0.0.1";
const PORT = Number(process.env.PORT || 3000);
const DATA_DIR = process.env.DATA_DIR || ".";
const INSTANCE = process.env.INSTANCE || "a";
const SNAPSHOT = path.join(DATA_DIR, `snapshot-${INSTANCE}.json`);
const SNAPSHOT_SECONDS = 5;
const SESSION_SECONDS = 15 * 60;

// New at every start, so that nobody can find it out.
const SECRET = crypto.randomBytes(32);

// Everything we know. Maps are fast, and we have plenty of memory.
const users = new Map(); // name -> password
const preferences = new Map(); // name -> what they like
const points = new Map(); // name -> how many they have
const added = new Map(); // name and idempotency key -> what we added, and the total we answered
const sessions = new Map(); // session id -> who it is

const HELP = `Welcome to the preferences service!

  POST /register      {"username": "fox", "password": "..."}
  POST /login         the same; gives you a token
  GET  /preferences   your preferences; send "Authorization: Bearer <token>"
  PUT  /preferences   {"theme": "dark", "language": "de"}
  POST /points        {"delta": 5}; send an "Idempotency-Key", too
  POST /logout        forgets your token
`;

const app = express();

// One line per request.
app.use((req, res, next) => {
  res.on("finish", () => {
    console.log(`${req.method} ${req.path} user=${req.user || "-"} -> ${res.statusCode}`);
  });
  next();
});

// Take every body for JSON, so that nobody has to set a header for it.
app.use(express.json({ type: () => true, strict: false, verify: notEmpty }));

// --- the pages -------------------------------------------------------------

app.get("/", (req, res) => {
  res.type("text/plain").send(HELP);
});

app.get("/healthz", (req, res) => {
  res.json({ status: "ok" });
});

app.get("/readyz", (req, res) => {
  res.json({ status: "ready" });
});

app.post("/register", needsCredentials, (req, res) => {
  const { username, password } = req.body;
  if (users.has(username)) {
    return res.status(409).json({ error: "name taken" });
  }
  users.set(username, password);
  preferences.set(username, {});
  points.set(username, 0);
  res.status(201).json({ username });
});

app.post("/login", needsCredentials, (req, res) => {
  const { username, password } = req.body;
  if (users.get(username) !== password) {
    return res.status(401).json({ error: "wrong username or password" });
  }
  const sessionId = newSessionId();
  sessions.set(sessionId, username);
  const token = sessionId + "." + sign(sessionId);
  res.json({ token, token_type: "Bearer", expires_in: SESSION_SECONDS });
});

app.get("/preferences", needsSession, (req, res) => {
  const document = preferences.get(req.user);
  res.set("ETag", etag(document)).json(document);
});

app.put("/preferences", needsSession, needsObject, (req, res) => {
  const condition = req.headers["if-match"] || "*";
  if (condition !== "*" && condition !== etag(preferences.get(req.user))) {
    return res.status(412).json({ error: "somebody else changed it" });
  }
  preferences.set(req.user, req.body);
  res.set("ETag", etag(req.body)).json(req.body);
});

app.post("/points", needsSession, needsKey, needsObject, (req, res) => {
  const { delta } = req.body;
  if (!Number.isInteger(delta) || delta < 0 || delta > 1000000) {
    return res.status(422).json({ error: "delta must be a number from 0 to a million" });
  }
  const key = JSON.stringify([req.user, req.headers["idempotency-key"]]);
  if (added.has(key)) {
    const before = added.get(key);
    if (before.delta !== delta) {
      return res.status(409).json({ error: "this key was for another delta" });
    }
    return res.json({ total: before.total }); // the same answer as the first time
  }
  const total = points.get(req.user) + delta;
  points.set(req.user, total);
  added.set(key, { delta, total });
  res.json({ total });
});

app.post("/logout", needsSession, (req, res) => {
  sessions.delete(req.sessionId);
  res.status(204).end();
});

// --- who is asking? --------------------------------------------------------

function newSessionId() {
  return crypto.randomBytes(16).toString("base64url");
}

function sign(sessionId) {
  // So that nobody can make up a session id of their own.
  return crypto.createHmac("sha256", SECRET).update(sessionId).digest("hex");
}

function needsSession(req, res, next) {
  const [scheme, token = ""] = (req.headers.authorization || "").split(" ");
  if (scheme.toLowerCase() !== "bearer") {
    return res.status(401).set("WWW-Authenticate", "Bearer").json({ error: "token required" });
  }
  const [sessionId, signature] = token.split(".");
  if (!sessions.has(sessionId) || sign(sessionId) !== signature) {
    res.set("WWW-Authenticate", 'Bearer error="invalid_token"');
    return res.status(401).json({ error: "invalid token" });
  }
  req.sessionId = sessionId;
  req.user = sessions.get(sessionId);
  next();
}

function etag(document) {
  const digest = crypto.createHash("sha256").update(JSON.stringify(document)).digest("hex");
  return `"${digest.substring(0, 16)}"`;
}

// --- what did they send? ---------------------------------------------------

// Express takes an empty body for {}, which would delete all preferences.
function notEmpty(req, res, bytes) {
  if (bytes.length === 0 && req.method === "PUT") {
    throw Object.assign(new Error("this is not JSON"), { status: 400 });
  }
}

function needsObject(req, res, next) {
  if (!req.body || typeof req.body !== "object" || Array.isArray(req.body)) {
    return res.status(422).json({ error: "this is not a JSON object" });
  }
  next();
}

function needsKey(req, res, next) {
  if (!req.headers["idempotency-key"]) {
    return res.status(400).json({ error: "send an Idempotency-Key, please" });
  }
  next();
}

function needsCredentials(req, res, next) {
  const { username, password } = req.body || {};
  if (typeof username !== "string" || typeof password !== "string" || !username || !password) {
    return res.status(422).json({ error: "username and password, please" });
  }
  req.user = username;
  next();
}

app.use((req, res) => {
  res.status(404).json({ error: "no such page" });
});

// Express comes here when something throws, for instance while it reads JSON.
app.use((error, req, res, next) => {
  if (error.type === "entity.parse.failed") {
    return res.status(400).json({ error: "this is not JSON" });
  }
  res.status(error.status || 500).json({ error: error.message });
});

// --- the snapshot ----------------------------------------------------------

function saveSnapshot() {
  const saved = {
    users: [...users],
    preferences: [...preferences],
    points: [...points],
  };
  fs.writeFileSync(SNAPSHOT, JSON.stringify(saved));
}

function loadSnapshot() {
  let saved;
  try {
    saved = JSON.parse(fs.readFileSync(SNAPSHOT, "utf8"));
  } catch {
    return; // the first start, or a file that is not complete
  }
  for (const [name, password] of saved.users) users.set(name, password);
  for (const [name, document] of saved.preferences) preferences.set(name, document);
  for (const [name, total] of saved.points) points.set(name, total);
}

loadSnapshot();
setInterval(saveSnapshot, SNAPSHOT_SECONDS * 1000);

// --- start and stop --------------------------------------------------------

const server = app.listen(PORT, HOST, (error) => {
  if (error) throw error;
  console.log(`listening on http://${HOST}:${PORT}`);
});

// Keep connections open for longer than the balancer does.
server.keepAliveTimeout = 65_000;

process.on("SIGTERM", () => {
  console.log("goodbye");
  process.exit(0);
});
