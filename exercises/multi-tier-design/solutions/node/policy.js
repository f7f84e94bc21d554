// The rules of HTTP caching (RFC 9111): what may be kept, for how long, and for
// whom. Pure decisions: nothing here reads a clock, a socket, or the store.

const { listed } = require("./fields");

// What is worth keeping, when the origin says for how long.
const CACHEABLE = [200, 203, 204, 300, 301, 308, 404, 410];

// A stored answer to a request with a password must say that others may see it.
const FOR_OTHERS = ["public", "s-maxage", "must-revalidate"];

// With these, a stale answer is never better than none (RFC 9111, section
// 4.2.4). `s-maxage` says it for shared caches, such as this one.
const NEVER_STALE = ["no-cache", "must-revalidate", "proxy-revalidate", "s-maxage"];

const DIRECTIVE = /([^\s=,]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+)))?/g;

// Returns the directives of Cache-Control, by name in lower case.
function directives(fields) {
  const found = new Map();
  for (const [, name, quoted, plain] of (fields.get("cache-control") ?? "").matchAll(DIRECTIVE)) {
    if (!found.has(name.toLowerCase())) found.set(name.toLowerCase(), quoted ?? plain ?? "");
  }
  return found;
}

function saysAny(said, names) {
  return names.some((name) => said.has(name));
}

// Whether a response to a GET may be kept for others (RFC 9111, section 3).
function mayStore(request, status, fields) {
  const said = directives(fields);
  if (!CACHEABLE.includes(status) || saysAny(said, ["no-store", "private"])) return false;
  if (fields.has("set-cookie") || listed(fields.get("vary")).includes("*")) return false;
  if (request.has("authorization") && !saysAny(said, FOR_OTHERS)) return false;
  // Without a lifetime it is stale at once. That is still of use, if the origin
  // can be asked whether it has changed.
  return lifetime(fields) > 0 || (status === 200 && hasValidator(fields));
}

// Whether an error may go to all who wait for this answer. It is not stored.
function mayPassOn(request, status, fields) {
  if (status < 500 || request.has("authorization") || fields.has("set-cookie")) return false;
  return !saysAny(directives(fields), ["no-store", "private"]);
}

// Whether what is stored may go to a request with credentials of its own.
function mayShare(request, entry) {
  return !request.has("authorization") || saysAny(entry.directives, FOR_OTHERS);
}

// Returns for how many seconds a response is fresh (RFC 9111, section 4.2.1).
function lifetime(fields) {
  const said = directives(fields);
  if (said.has("no-cache")) return 0;
  for (const name of ["s-maxage", "max-age"]) {
    if (said.has(name)) return seconds(said.get(name));
  }
  const expires = moment(fields.get("expires"));
  const date = moment(fields.get("date"));
  return expires !== undefined && date !== undefined ? Math.max(0, expires - date) : 0;
}

// Returns how old a response is when it comes (RFC 9111, section 4.2.3).
function initialAge(fields, delay, now) {
  // A date has whole seconds: it may be up to one second older than what it dates.
  const apparent = Math.max(0, now - (moment(fields.get("date")) ?? now) - 1);
  return Math.max(apparent, seconds(fields.get("age")) + delay);
}

// Whether a stale response may stand in for an origin that fails (RFC 5861).
function mayServeStale(entry, staleness) {
  if (saysAny(entry.directives, NEVER_STALE)) return false;
  return staleness <= seconds(entry.directives.get("stale-if-error"));
}

function hasValidator(fields) {
  return fields.has("etag") || fields.has("last-modified");
}

// The fields by which responses differ, sorted.
function varyNames(fields) {
  return [...new Set(listed(fields.get("vary")).map((name) => name.toLowerCase()))].sort();
}

// What a request says in these fields: part of the key.
function selected(names, request) {
  return JSON.stringify(names.map((name) => [name, request.get(name) ?? null]));
}

// Whether the client has it already: 304 (RFC 9110, section 13.2.2).
function isUnchanged(request, fields) {
  const known = request.get("if-none-match");
  if (known !== undefined) {
    const etag = fields.get("etag");
    if (known === "*") return true;
    return etag !== undefined && etags(known).map(weak).includes(weak(etag));
  }
  const since = moment(request.get("if-modified-since"));
  const modified = moment(fields.get("last-modified"));
  return since !== undefined && modified !== undefined && modified <= since;
}

// Whether `If-Range` lets a range be sent (RFC 9110, section 13.1.5).
function isSameForRange(request, fields) {
  const condition = request.get("if-range");
  if (condition === undefined) return true;
  if (condition.startsWith('"')) return condition === fields.get("etag");
  return moment(condition) !== undefined && condition === fields.get("last-modified");
}

function etags(text) {
  return text.match(/(?:W\/)?"[^"]*"/g) ?? [];
}

function weak(etag) {
  return etag.replace(/^W\//, "");
}

// Reads a number of seconds; whatever is none counts as 0.
function seconds(text = "") {
  return /^[0-9]{1,10}$/.test(text) ? Number(text) : 0;
}

// Reads an HTTP date as Unix seconds, or returns undefined.
function moment(text) {
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? undefined : milliseconds / 1000;
}

module.exports = {
  directives,
  initialAge,
  isSameForRange,
  isUnchanged,
  lifetime,
  mayPassOn,
  mayServeStale,
  mayShare,
  mayStore,
  selected,
  varyNames,
};
