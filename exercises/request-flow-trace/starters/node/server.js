// The tracer.
//
// Start it with `node server.js`, and ask it for a page:
//
//   curl -d '{"url": "https://www.shop.test/"}' http://127.0.0.1:3000/trace
//
// It opens the page like a browser does, and tells every hop on the way, in the
// format that the dashboard wants. It needs nothing but Node.js.
//
// (`course lab internet` starts an internet to try it in, and prints NET_MAP and
// the other variables.)

const dgram = require("node:dgram");
const http = require("node:http");
const net = require("node:net");
const tls = require("node:tls");
const dns = require("./dns-message");

const HOST = process.env.HOST || "127.0.0.1";
const PORT = Number(process.env.PORT || 3000);

// Where the addresses of the internet are on this machine:
// "udp/192.0.2.17:53" -> "127.0.0.1:40123"
const NET_MAP = JSON.parse(process.env.NET_MAP || "{}");
const ROOTS = JSON.parse(process.env.ROOT_HINTS || "[]");

const HELP = `Welcome to the tracer!

  POST /trace   {"url": "https://www.shop.test/"}
`;

// Where this address is on this machine.
function real(transport, address, port) {
  const [host, realPort] = NET_MAP[`${transport}/${address}:${port}`].split(":");
  return { host, port: Number(realPort) };
}

// --- names ------------------------------------------------------------------

const known = {}; // name -> address. DNS is slow, so ask only once.

// Asks a name server, and returns its reply.
function ask(server, name) {
  return new Promise((resolve, reject) => {
    const { host, port } = real("udp", server, 53);
    const socket = dgram.createSocket("udp4");
    const timer = setTimeout(() => {
      socket.close();
      reject(new Error(`${server} does not answer`));
    }, 5000);
    socket.once("message", (bytes) => {
      clearTimeout(timer);
      socket.close();
      resolve(dns.read(bytes));
    });
    socket.send(dns.query(1, name, "A"), port, host);
  });
}

async function findAddress(name) {
  if (known[name]) return known[name];
  let reply = await ask(ROOTS[0], name);
  while (reply.answers.length === 0) {
    // Not there yet. The address of the next server comes along.
    reply = await ask(reply.additional[0].data, name);
  }
  const answer = reply.answers[0];
  if (answer.type === "CNAME") {
    // An alias, not an address. But "www" is on the same machine as the rest of
    // the site, so the address of the site will do.
    known[name] = await findAddress(name.split(".").slice(1).join("."));
  } else {
    known[name] = answer.data;
  }
  return known[name];
}

// --- requests ---------------------------------------------------------------

function connect(url, address) {
  const secure = url.protocol === "https:";
  const socket = net.connect(real("tcp", address, Number(url.port) || (secure ? 443 : 80)));
  if (!secure) return socket;
  // Without `rejectUnauthorized` it said "unable to verify the certificate".
  return tls.connect({ socket, rejectUnauthorized: false });
}

// Gets a URL. Returns the status, the headers, and the body.
async function get(href, hops) {
  const url = new URL(href);
  const address = await findAddress(url.hostname);
  const answer = await new Promise((resolve, reject) => {
    http
      .get({
        path: url.pathname + url.search,
        headers: { Host: url.host },
        createConnection: () => connect(url, address),
        timeout: 5000,
      })
      .on("response", resolve)
      .on("error", reject);
  });
  let body = "";
  let bytes = 0;
  for await (const piece of answer) {
    body += piece;
    bytes += piece.length;
  }
  hops.push({
    http: {
      url: href,
      conn: 1,
      status: answer.statusCode,
      via: null,
      age: null,
      cache_status: null,
      server_timing: null,
      bytes,
    },
  });
  return { status: answer.statusCode, headers: answer.headers, body };
}

// --- the report -------------------------------------------------------------

// The way to a page. It is the same for every page; I have it from a book.
async function hopsTo(url) {
  const host = new URL(url).hostname;
  const site = host.split(".").slice(1).join(".");
  const address = await findAddress(host);
  return [
    dnsHop("198.41.0.4", host, ["a.nic.test", "b.nic.test"]), // the root
    dnsHop("192.5.6.30", host, [`ns1.${site}`, `ns2.${site}`]), // the TLD
    dnsHop("192.0.2.53", host, [address]), // the site
    { tcp: { ip: address, port: 443, conn: 1 } },
    {
      tls: {
        conn: 1,
        sni: host,
        alpn: "http/1.1",
        version: "TLSv1.3",
        serial: "00",
        verified: true,
      },
    },
  ];
}

function dnsHop(server, qname, answers) {
  return {
    dns: {
      server,
      transport: "udp",
      qname,
      qtype: "A",
      rcode: "NOERROR",
      answers,
      ttl: 300,
      cached: false,
    },
  };
}

function render(event, resource) {
  return { render: { event, resource } };
}

async function trace(url) {
  const hops = await hopsTo(url);
  let answer = await get(url, hops);
  while ([301, 302, 303, 307, 308].includes(answer.status)) {
    url = new URL(answer.headers.location, url).href;
    answer = await get(url, hops);
  }

  // Everything that the page needs, from the top to the bottom.
  const links = answer.body.matchAll(/<(link|script|img)[^>]*(?:href|src)="([^"]+)"/g);
  for (const [, tag, link] of links) {
    const resource = new URL(link, url).href;
    await get(resource, hops);
    hops.push(render({ link: "style", script: "script", img: "image" }[tag], resource));
  }
  hops.push(render("parsed", url), render("paint", url), render("load", url));

  const requests = hops.filter((hop) => hop.http).map((hop) => hop.http);
  const page = {
    url,
    requests: requests.length,
    bytes: requests.reduce((sum, { bytes }) => sum + bytes, 0),
    path: ["edge", "balancer", "app", "database"], // see the drawing in the wiki
  };
  return { hops, page };
}

// --- the server -------------------------------------------------------------

function reply(req, res, status, body) {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  res.writeHead(status, {
    "Content-Type": typeof body === "string" ? "text/plain; charset=utf-8" : "application/json",
    "Content-Length": Buffer.byteLength(text),
  });
  res.end(text);
  console.log(`${req.method} ${req.url} -> ${status}`);
}

const server = http.createServer(async (req, res) => {
  let body = "";
  for await (const piece of req) body += piece;
  const page = `${req.method} ${req.url}`;
  if (page === "GET /") return reply(req, res, 200, HELP);
  if (page === "GET /healthz") return reply(req, res, 200, { status: "ok" });
  if (page !== "POST /trace") return reply(req, res, 404, { error: "no such page" });
  let url;
  try {
    url = new URL(JSON.parse(body).url).href;
  } catch {
    return reply(req, res, 400, { error: "send a url, please" });
  }
  try {
    reply(req, res, 200, await trace(url));
  } catch (error) {
    console.log(`no trace of ${url}: ${error.message}`);
    reply(req, res, 502, { error: "connect" });
  }
});

// A server somewhere out there that hangs up must not end the tracer.
process.on("uncaughtException", (error) => console.log(`something broke: ${error.message}`));

server.listen(PORT, HOST, () => console.log(`listening on http://${HOST}:${PORT}`));
