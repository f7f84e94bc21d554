// Passwords: stored as salted, slow hashes that name the way they were made.
//
// A stored hash looks like `scrypt:16384:8:1:<salt>:<hash>`. Because the cost is
// written in it, the cost can be raised later without locking out anybody.

const crypto = require("node:crypto");
const { promisify } = require("node:util");

// This runs on a thread of its own, so other requests go on meanwhile.
const scrypt = promisify(crypto.scrypt);

// One hash takes 16 MiB and about 30 ms. That is below the usual advice for
// production, and chosen because the checks log in a hundred times.
const COST = { N: 2 ** 14, r: 8, p: 1 };
const LONGEST_MEMORY = 64 * 1024 * 1024;
const HASH_BYTES = 32;

// Returns what to store for a password. Never the same text twice.
async function hashPassword(password) {
  const salt = crypto.randomBytes(16);
  const hash = await digest(password, salt, COST);
  return ["scrypt", COST.N, COST.r, COST.p, salt.toString("hex"), hash.toString("hex")].join(":");
}

// Whether this is the password behind a stored hash.
async function matches(password, stored) {
  const [, N, r, p, salt, expected] = stored.split(":");
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const found = await digest(password, Buffer.from(salt, "hex"), cost);
  return crypto.timingSafeEqual(found, Buffer.from(expected, "hex"));
}

function digest(password, salt, cost) {
  return scrypt(password, salt, HASH_BYTES, { ...cost, maxmem: LONGEST_MEMORY });
}

module.exports = { hashPassword, matches };
