// The preferences service.
//
// Type `npm install` once, then `node server.js`, and open
// http://127.0.0.1:3000 in a browser.

const crypto = require("node:crypto");
const express = require("express");

const HOST = process.env.HOST || "127.0.0.1";
const PORT = Number(process.env.PORT || 3000);
const SECRET = process.env.JWT_SECRET || "your-secret-key";
const SESSION_SECONDS = 24 * 60 * 60;

// Everything we know. Objects are fast, and we have plenty of memory.
const users = {}; // name -> password
const preferences = {}; // name -> what they like
const sessions = {}; // session id -> who it is, and since when

const HELP = `Welcome to the preferences service!

  POST /register      {"username": "fox", "password": "..."}
  POST /login         the same; gives you a token
  GET  /preferences   your preferences; send "Authorization: Bearer <token>"
  PUT  /preferences   {"theme": "dark", "language": "de"}
  POST /logout        forgets your token
  GET  /admin/stats   numbers, for the user called admin

In the browser: /preferences?token=<token> works as well.
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

app.post("/register", needsCredentials, (req, res) => {
  const { username, password } = req.body;
  if (users[username]) {
    return res.status(409).json({ error: "name taken" });
  }
  users[username] = password;
  preferences[username] = {};
  res.status(201).json({ username });
});

app.post("/login", needsCredentials, (req, res) => {
  const { username, password } = req.body;
  if (!users[username]) {
    return res.status(401).json({ error: "no such user" });
  }
  if (users[username] !== password) {
    return res.status(401).json({ error: "wrong password" });
  }
  const sessionId = newSessionId();
  sessions[sessionId] = { user: username, loggedInAt: Date.now() };
  const token = sessionId + "." + sign(sessionId);
  res.json({ token, token_type: "Bearer", expires_in: SESSION_SECONDS });
});

app.get("/preferences", needsSession, (req, res) => {
  res.json(preferences[req.user]);
});

app.put("/preferences", needsSession, needsObject, (req, res) => {
  preferences[req.user] = req.body;
  res.json(req.body);
});

app.post("/logout", needsSession, (req, res) => {
  delete sessions[req.sessionId];
  res.status(204).end();
});

app.get("/admin/stats", needsSession, (req, res) => {
  if (req.user !== "admin") {
    return res.status(403).json({ error: "for admins only" });
  }
  res.json({ users: Object.keys(users).length, sessions: Object.keys(sessions).length });
});

// --- who is asking? --------------------------------------------------------

function newSessionId() {
  // The time makes it unique, the random number makes it hard to guess.
  return Date.now().toString(36) + Math.random().toString(36).substring(2, 8);
}

function sign(sessionId) {
  // So that nobody can make up a session id of their own.
  return crypto.createHash("md5").update(sessionId + SECRET).digest("hex").substring(0, 8);
}

function needsSession(req, res, next) {
  const header = req.headers.authorization || "";
  // "Bearer <token>". The query is handy for trying things out in the browser.
  const token = header.split(" ").pop() || req.query.token;
  if (!token) {
    return res.status(401).json({ error: "token required" });
  }
  req.sessionId = String(token).split(".")[0];
  const session = sessions[req.sessionId];
  if (!session) {
    return res.status(403).json({ error: "invalid token" });
  }
  req.user = session.user;
  next();
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

const server = app.listen(PORT, HOST, (error) => {
  if (error) throw error;
  console.log(`listening on http://${HOST}:${PORT}`);
});

// Keep connections open for longer than the balancer does.
server.keepAliveTimeout = 65_000;
