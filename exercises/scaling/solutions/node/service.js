// The service: what each request gets. It holds no state of its own; what a
// request needs is in the request or in the store.

const express = require("express");
const { Busy } = require("./database");
const { LIMIT } = require("./store");
const { Refused } = require("./tokens");

const LONGEST_BODY = 1024 * 1024; // what is longer is not even read
const LONGEST_AVATAR = 64 * 1024;
const LONGEST_VALUE = 1000; // characters
const HELP = `The shop. Try:

  POST /login         {"username": "..."}; returns a token
  PUT  /items/42      {"value": "..."}, with the header "Authorization: Bearer <token>"
  GET  /items/42
  POST /orders        {}, with the token
  PUT  /avatar        a picture, with the token
  GET  /avatar        with the token
  GET  /limited       with the token, twenty times in ten seconds
`;

// An answer other than success, from wherever it is thrown.
class Refusal extends Error {
  constructor(status, message, headers = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

// Returns the Express application.
function createService({ drain, store, tokens }) {
  // Puts the user's name on the request, or answers 401.
  function authenticate(req, res, next) {
    const token = bearerToken(req);
    try {
      res.locals.user = tokens.verify(token).sub;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const challenge = `Bearer error="invalid_token", error_description="${error.message}"`;
      throw new Refusal(401, "invalid token", { "WWW-Authenticate": challenge });
    }
    next();
  }

  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(logged);
  app.use((req, res, next) => {
    res.set("Cache-Control", "no-store");
    // The client's next request goes elsewhere.
    if (drain.leaving) res.set("Connection", "close");
    next();
  });

  // Alive, and nothing else: if this asked the database, a slow database would
  // get every instance restarted.
  app.get("/healthz", (req, res) => {
    res.json({ status: "alive" });
  });

  app.get("/readyz", (req, res) => {
    if (drain.leaving) return res.status(503).json({ status: "leaving" });
    res.json({ status: "ready" });
  });

  app.use(express.raw({ type: () => true, limit: LONGEST_BODY }));

  app.get("/", (req, res) => {
    res.type("text/plain").send(HELP);
  });

  app.post("/login", (req, res) => {
    const { username } = jsonObject(req);
    if (!isText(username, 64) || username === "") {
      throw new Refusal(422, "needs a username of 1 to 64 characters");
    }
    res.locals.user = username;
    res.json({ token: tokens.issue(username) });
  });

  app.get("/items/:id", async (req, res) => {
    const item = await store.item(itemId(req));
    if (!item) throw new Refusal(404, "no such item");
    const { id, value, owner } = item;
    res.json({ id, value, owner });
  });

  app.put("/items/:id", authenticate, async (req, res) => {
    const id = itemId(req);
    const { user } = res.locals;
    const { value } = jsonObject(req);
    if (!isText(value, LONGEST_VALUE)) {
      throw new Refusal(422, "value must be a text of at most 1000 characters");
    }
    if (!(await store.writeItem(id, value, user))) {
      throw new Refusal(403, "this item belongs to somebody else");
    }
    res.json({ id, value, owner: user });
  });

  app.post("/orders", authenticate, async (req, res) => {
    jsonObject(req);
    res.status(201).json({ order_no: await store.placeOrder(res.locals.user) });
  });

  app.get("/avatar", authenticate, async (req, res) => {
    const avatar = await store.avatarOf(res.locals.user);
    if (!avatar) throw new Refusal(404, "no avatar yet");
    // Not `set`, which would add a charset of its own.
    res.setHeader("Content-Type", avatar.content_type);
    res.end(Buffer.from(avatar.data));
  });

  app.put("/avatar", authenticate, async (req, res) => {
    const data = req.body ?? Buffer.alloc(0);
    if (data.length > LONGEST_AVATAR) throw new Refusal(413, "more than 64 KiB");
    const kind = req.headers["content-type"] ?? "application/octet-stream";
    if (!/^[\x20-\x7e]{1,200}$/.test(kind)) throw new Refusal(400, "an odd Content-Type");
    await store.saveAvatar(res.locals.user, kind, data);
    res.status(204).end();
  });

  app.get("/limited", authenticate, async (req, res) => {
    const wait = await store.take(res.locals.user);
    if (wait > 0) throw new Refusal(429, "too many requests", { "Retry-After": String(wait) });
    res.json({ limit: LIMIT });
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

function itemId(req) {
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(req.params.id)) throw new Refusal(404, "no such item");
  return req.params.id;
}

// Returns the JSON object in the body, or refuses.
function jsonObject(req) {
  let value;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(req.body));
  } catch {
    throw new Refusal(400, "the body is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Refusal(422, "the body is not a JSON object");
  }
  return value;
}

// Whether this is a text of at most `longest` characters that every database can
// hold: in UTF-8, and without U+0000.
function isText(value, longest) {
  if (typeof value !== "string" || !value.isWellFormed() || value.includes("\0")) return false;
  return [...value].length <= longest;
}

// Prints one line when the request has been answered.
function logged(req, res, next) {
  const { method, path } = req;
  res.on("finish", () => {
    const user = res.locals.user?.replace(/[^\p{L}\p{N}_.@-]/gu, "?") ?? "-";
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
