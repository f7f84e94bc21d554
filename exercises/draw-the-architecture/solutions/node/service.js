// The service: what each request gets. It holds no state of its own; what a
// request needs is in the request or in the store.

const path = require("node:path");
const express = require("express");
const { Busy } = require("./database");
const { Invalid, readKey, readOrder } = require("./orders");
const { Refused } = require("./store");

const LONGEST_BODY = 64 * 1024;
const PAGE = path.join(__dirname, "page");

// How it is said that the rules say no.
const REFUSALS = {
  sku: [404, "there is no such product"],
  stock: [409, "there are not that many left"],
  coupon: [422, "this coupon does not hold (any more)"],
  key: [422, "this Idempotency-Key was used for another order"],
};

// Returns the Express application.
function createService(store) {
  // Puts the customer of the token on the request, or answers 401.
  async function authenticate(req, res, next) {
    const found = /^bearer +([\x21-\x7e]{1,256})$/i.exec(req.headers.authorization ?? "");
    res.locals.customer = found && (await store.customerOf(found[1]));
    if (res.locals.customer) return next();
    res.set("WWW-Authenticate", "Bearer").status(401).json({ error: "needs a customer's token" });
  }

  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.use(logged);
  app.use((req, res, next) => {
    res.set({
      "Cache-Control": "no-store",
      // The page may load from here and from nowhere else.
      "Content-Security-Policy": "default-src 'self'; img-src data:; frame-ancestors 'none'",
      "X-Content-Type-Options": "nosniff",
    });
    next();
  });
  app.use(express.raw({ type: () => true, limit: LONGEST_BODY }));

  app.get("/healthz", (req, res) => {
    res.json({ status: "ok" });
  });

  app.get("/api/products", async (req, res) => {
    res.json(await store.products());
  });

  app.post("/api/orders", authenticate, async (req, res) => {
    const key = readKey(req.headers["idempotency-key"]);
    const order = await store.placeOrder(res.locals.customer, readOrder(req.body), key);
    res.status(201).location(`/api/orders/${order.order_id}`).json(order);
  });

  app.get("/api/orders/:id", authenticate, async (req, res) => {
    const order = await store.orderOf(res.locals.customer, req.params.id.replaceAll("\0", ""));
    // The same answer whether it is somebody else's or nobody's.
    if (!order) return res.status(404).json({ error: "there is no such order" });
    res.json(order);
  });

  app.use(express.static(PAGE, { cacheControl: false, etag: false, lastModified: false }));

  app.use((req, res) => {
    res.status(404).json({ error: "no such page" });
  });
  app.use(refuse);
  return app;
}

// Prints one line when the request has been answered.
function logged(req, res, next) {
  const { method, path: asked } = req;
  res.on("finish", () => console.log(`${method} ${asked} -> ${res.statusCode}`));
  next();
}

// Turns whatever was thrown into an answer. Express knows by the four
// parameters that this is for errors.
function refuse(error, req, res, next) {
  if (res.headersSent) return next(error);
  if (error instanceof Invalid) {
    res.status(422).json({ error: error.message });
  } else if (error instanceof Refused) {
    const [status, words] = REFUSALS[error.message];
    res.status(status).json({ error: words });
  } else if (error instanceof Busy) {
    console.error(`database: ${error.message}`);
    res.set("Retry-After", "2").status(503).json({ error: "the shop cannot write now" });
  } else if (error.status >= 400 && error.status < 500) {
    // Express could not read the request: too long, cut off, badly encoded.
    res.status(error.status).json({ error: "the request cannot be read" });
  } else {
    // The log gets the details, the client does not.
    console.error(error);
    res.status(500).json({ error: "internal error" });
  }
}

module.exports = { createService };
