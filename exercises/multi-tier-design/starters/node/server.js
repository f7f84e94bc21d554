// The edge. It keeps what it has fetched, so that the origin has less to do.
//
// Start it with `ORIGIN_URL=http://127.0.0.1:8000 node server.js` and open
// http://127.0.0.1:3000/ and a path of the origin. It needs nothing but Node.

const http = require("node:http");

const HOST = process.env.HOST || "127.0.0.1";
const PORT = Number(process.env.PORT || 3000);
const NAME = process.env.EDGE_NAME || "edge";
const ORIGIN = new URL(process.env.ORIGIN_URL || "http://127.0.0.1:8000");

// We always want all of it, and in a form that we can keep.
const NOT_FOR_THE_ORIGIN = ["host", "connection", "range", "if-range", "if-none-match"];

// These are about one connection, not about the answer.
const NOT_FOR_THE_CLIENT = ["connection", "keep-alive", "transfer-encoding", "content-length"];

const cache = new Map(); // path -> the answer

// Asks the origin. Resolves when everything is there.
function fetchFromOrigin(method, path, headers, body) {
  return new Promise((resolve, reject) => {
    const { hostname, port } = ORIGIN;
    const request = http.request({ hostname, port, method, path, headers }, (response) => {
      const pieces = [];
      response.on("data", (piece) => pieces.push(piece));
      response.on("error", (error) => console.log(`origin: ${error.message}`));
      // If it broke off before the end, what we have is better than nothing.
      response.on("close", () => {
        resolve({
          status: response.statusCode,
          headers: kept(response.rawHeaders, NOT_FOR_THE_CLIENT),
          body: Buffer.concat(pieces),
          storedAt: Date.now(),
        });
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

// Node has headers in one list: name, value, name, value.
function kept(rawHeaders, without) {
  const headers = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name, value] = [rawHeaders[i], rawHeaders[i + 1]];
    if (!without.includes(name.toLowerCase())) headers.push(name, value);
  }
  return headers;
}

const server = http.createServer(async (req, res) => {
  if (req.url === "/healthz") {
    return reply(req, res, plain(200, "ok\n"));
  }
  // What comes after the question mark is only for statistics.
  const path = req.url.split("?")[0];
  const isRead = req.method === "GET" || req.method === "HEAD";
  if (isRead && cache.has(path)) return reply(req, res, cache.get(path), "hit");

  const pieces = [];
  for await (const piece of req) pieces.push(piece);
  const headers = kept(req.rawHeaders, NOT_FOR_THE_ORIGIN);
  headers.push("Via", `1.1 ${NAME}`, "Host", ORIGIN.host);
  try {
    const answer = await fetchFromOrigin(req.method, req.url, headers, Buffer.concat(pieces));
    if (req.method === "GET") cache.set(path, answer);
    reply(req, res, answer, isRead ? "fwd=uri-miss" : "fwd=method");
  } catch (error) {
    console.log(`origin: ${error.message}`);
    reply(req, res, plain(502, "the origin does not answer\n"), "fwd=miss");
  }
});

function plain(status, text) {
  return { status, headers: ["Content-Type", "text/plain"], body: Buffer.from(text) };
}

function reply(req, res, { status, headers, body, storedAt }, how) {
  const own = [];
  if (how) own.push("Via", `1.1 ${NAME}`, "Cache-Status", `${NAME}; ${how}`);
  if (how === "hit") own.push("Age", String(Math.floor((Date.now() - storedAt) / 1000)));
  if (status !== 204 && status !== 304) own.push("Content-Length", String(body.length));
  res.writeHead(status, [...headers, ...own]);
  res.end(req.method === "HEAD" ? undefined : body);
  console.log(`${req.method} ${req.url} -> ${status} ${how || ""}`);
}

server.listen({ port: PORT, host: HOST, backlog: 256 }, () => {
  console.log(`listening on http://${HOST}:${PORT}`);
});
