// The service: what each request gets. It holds no state of its own; what a
// request needs is in the request or in the store.

const express = require("express");
const { Busy } = require("./database");
const { hashPassword, matches } = require("./passwords");
const { KeyReused } = require("./store");
const { Refused, Tokens } = require("./tokens");

const LONGEST_BODY = 64 * 1024;
const LONGEST_PREFERENCES = 16 * 1024;
const LARGEST_DELTA = 1_000_000;
const HELP = `The preferences service. Try:

  POST /register      {"username": "...", "password": "..."}
  POST /login         the same; returns a token
  GET  /preferences   with the header "Authorization: Bearer <token>"
  PUT  /preferences   with the token and a JSON object
  POST /points        with the token, an Idempotency-Key, and {"delta": 5}
  POST /logout        with the token
`;

// An answer other than success, from wherever it is thrown.
class Refusal extends Error {
  constructor(status, message, headers = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

// Returns the Express application. `nobody` is a password hash that belongs to
// no user: unknown users are checked against it, so that both kinds of wrong
// login take the same time.
function createService({ drain, store, tokens, nobody }) {
  // Puts the user and the claims of the token on the request, or answers 401.
  async function authenticate(req, res, next) {
    const token = bearerToken(req);
    try {
      const claims = tokens.verify(token);
      const user = await store.userOf(claims);
      if (!user) throw new Refused("logged out");
      Object.assign(res.locals, { claims, user, userName: user.name });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const challenge = `Bearer error="invalid_token", error_description="${error.message}"`;
      throw new Refusal(401, "invalid token", { "WWW-Authenticate": challenge });
    }
    next();
  }

  const app = express();
  app.disable("x-powered-by");
  app.disable("etag"); // Express makes weak ones; ours are strong
  app.use(logged);
  app.use((req, res, next) => {
    res.set("Cache-Control", "no-store");
    // The client's next request goes elsewhere.
    if (drain.leaving) res.set("Connection", "close");
    next();
  });
  // Bytes, not objects: what was sent is stored and given back as it was.
  app.use(express.raw({ type: () => true, limit: LONGEST_BODY }));

  app.get("/", (req, res) => {
    res.type("text/plain").send(HELP);
  });

  app.get("/healthz", (req, res) => {
    res.json({ status: "alive" });
  });

  app.get("/readyz", (req, res) => {
    if (drain.leaving) return res.status(503).json({ status: "leaving" });
    res.json({ status: "ready" });
  });

  app.post("/register", async (req, res) => {
    const { username, password } = credentials(req, res);
    if (!(await store.addUser(username, await hashPassword(password)))) {
      throw new Refusal(409, "this name is taken");
    }
    res.status(201).json({ username });
  });

  app.post("/login", async (req, res) => {
    const { username, password } = credentials(req, res);
    const login = await store.loginOf(username);
    const right = await matches(password, login?.password ?? nobody);
    if (!login || !right) {
      throw new Refusal(401, "wrong username or password", { "WWW-Authenticate": "Bearer" });
    }
    const token = tokens.issue(login.id);
    res.json({ token, token_type: "Bearer", expires_in: tokens.lifetime });
  });

  app.get("/preferences", authenticate, (req, res) => {
    const { preferences, version } = res.locals.user;
    res.set("ETag", etag(version)).type("application/json").send(preferences);
  });

  app.put("/preferences", authenticate, async (req, res) => {
    const { user } = res.locals;
    const { text } = jsonObject(req);
    if (req.body.length > LONGEST_PREFERENCES) throw new Refusal(422, "more than 16 KiB");
    const condition = req.headers["if-match"];
    let version;
    if (condition === undefined || condition.trim() === "*") {
      version = await store.replacePreferences(user.id, text);
    } else if (names(condition, etag(user.version))) {
      version = await store.replacePreferencesOf(user.id, user.version, text);
    }
    if (!version) throw new Refusal(412, "somebody else changed it: read it again");
    res.status(204).set("ETag", etag(version)).end();
  });

  app.post("/logout", authenticate, async (req, res) => {
    const { claims } = res.locals;
    await store.logOut(claims.jti, Tokens.usableUntil(claims));
    res.status(204).end();
  });

  app.post("/points", authenticate, async (req, res) => {
    const key = req.headers["idempotency-key"] ?? "";
    if (!/^[\x21-\x7e]{1,128}$/.test(key)) throw new Refusal(400, "needs an Idempotency-Key");
    const { delta } = jsonObject(req).value;
    if (!Number.isInteger(delta) || delta < 0 || delta > LARGEST_DELTA) {
      throw new Refusal(422, "delta must be a whole number from 0 to a million");
    }
    try {
      res.json({ total: await store.addPoints(res.locals.user.id, key, delta) });
    } catch (error) {
      if (!(error instanceof KeyReused)) throw error;
      throw new Refusal(422, "this key was used for another delta");
    }
  });

  app.use(() => {
    throw new Refusal(404, "no such page");
  });
  app.use(refuse);
  return app;
}

// Returns the token of `Authorization: Bearer <token>`, or refuses with 401.
function bearerToken(req) {
  const values = req.headersDistinct.authorization ?? [];
  const found = values.length === 1 && /^bearer(?: +(.*))?$/i.exec(values[0]);
  if (!found) throw new Refusal(401, "a token is required", { "WWW-Authenticate": "Bearer" });
  return found[1] ?? "";
}

// Returns the JSON object in the body, with its text, or refuses.
function jsonObject(req) {
  let text, value;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(req.body);
    value = JSON.parse(text);
  } catch {
    throw new Refusal(400, "the body is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Refusal(422, "the body is not a JSON object");
  }
  return { text, value };
}

// Returns the username and password in the body, or refuses.
function credentials(req, res) {
  const { username, password } = jsonObject(req).value;
  if (!isText(username, 64) || !isText(password, 256)) {
    throw new Refusal(422, "needs a username and a password of sane length");
  }
  res.locals.userName = username;
  return { username, password };
}

// Whether this is a text of 1 to `longest` characters that every database can
// hold: in UTF-8, and without U+0000.
function isText(value, longest) {
  if (typeof value !== "string" || !value.isWellFormed() || value.includes("\0")) return false;
  const length = [...value].length;
  return length >= 1 && length <= longest;
}

function etag(version) {
  return `"${version}"`;
}

// Whether an `If-Match` header (RFC 9110, 13.1.1) names this ETag.
function names(condition, current) {
  return (condition.match(/(?:W\/)?"[^"]*"/g) ?? []).includes(current);
}

// Prints one line when the request has been answered.
function logged(req, res, next) {
  const { method, path } = req;
  res.on("finish", () => {
    const user = res.locals.userName?.replace(/[^\p{L}\p{N}_.@-]/gu, "?") ?? "-";
    console.log(`${method} ${path} user=${user} -> ${res.statusCode}`);
  });
  next();
}

// Turns whatever was thrown into an answer. Express knows by the four
// parameters that this is for errors.
function refuse(error, req, res, next) {
  if (res.headersSent) return next(error);
  if (error instanceof Refusal) {
    res.set(error.headers).status(error.status).json({ error: error.message });
  } else if (error instanceof Busy) {
    res.set("Retry-After", "1").status(503).json({ error: "the database is busy" });
  } else if (error.status >= 400 && error.status < 500) {
    // Express could not read the body: too long, cut off, an unknown encoding.
    res.status(error.status).json({ error: "the body cannot be read" });
  } else {
    // The log gets the details, the client does not.
    console.error(error);
    res.status(500).json({ error: "internal error" });
  }
}

module.exports = { createService };
