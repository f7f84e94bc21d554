// Tokens: JSON Web Tokens (RFC 7519), signed with HS256 and verified strictly.
//
// Whoever has the secret can verify a token, so an instance needs no memory of
// having issued it.

const crypto = require("node:crypto");
const jwt = require("jsonwebtoken");

const ALGORITHM = "HS256";
const LEEWAY_SECONDS = 30; // clocks differ a little
const LONGEST_TOKEN = 8 * 1024;

// A token that must not be believed. Its message is the reason.
class Refused extends Error {}

class Tokens {
  #key;
  #issuer;
  #audience;

  constructor({ secret, issuer, audience, lifetime }) {
    this.#key = crypto.createSecretKey(Buffer.from(secret, "utf8"));
    this.#issuer = issuer;
    this.#audience = audience;
    this.lifetime = lifetime; // seconds
  }

  // Returns a new token for a user.
  issue(subject) {
    return jwt.sign({}, this.#key, {
      algorithm: ALGORITHM,
      issuer: this.#issuer,
      audience: this.#audience,
      subject,
      jwtid: crypto.randomUUID(),
      expiresIn: this.lifetime,
    });
  }

  // Returns the claims of a token that is believed. Throws `Refused`.
  verify(token) {
    if (token.length > LONGEST_TOKEN) throw new Refused("too long");
    const claims = this.#verified(token);
    // The library checks what is there. It does not mind what is missing.
    if (!Number.isFinite(claims.exp)) throw new Refused("exp is missing or not a number");
    for (const name of ["sub", "jti"]) {
      if (typeof claims[name] !== "string" || claims[name] === "") {
        throw new Refused(`${name} is missing`);
      }
    }
    return claims;
  }

  // Says how long a logged-out token must be remembered, in Unix seconds.
  static usableUntil(claims) {
    return Math.ceil(claims.exp) + LEEWAY_SECONDS + 1;
  }

  #verified(token) {
    try {
      return jwt.verify(token, this.#key, {
        algorithms: [ALGORITHM], // ours to choose, never the token's
        issuer: this.#issuer,
        audience: this.#audience,
        clockTolerance: LEEWAY_SECONDS,
      });
    } catch {
      // The library's own words may quote the token, so they stay here.
      throw new Refused("not signed by us, expired, or not for us");
    }
  }
}

module.exports = { Refused, Tokens };
