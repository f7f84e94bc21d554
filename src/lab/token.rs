//! Tokens: JSON Web Tokens read, minted and forged, after RFC 7515 and RFC 7519.

/// Every way to falsify a token.
pub const FORGERIES: &[&str] = &[
    "alg-none",
    "alg-None",
    "alg-NONE",
    "alg-nOnE",
    "expired",
    "not-yet-valid",
    "no-exp",
    "string-exp",
    "tampered-claims",
    "tampered-signature",
    "wrong-key",
    "no-signature",
    "empty-signature",
    "alg-hs512",
    "alg-rs256",
    "wrong-iss",
    "wrong-aud",
    "non-canonical",
    "padded",
    "truncated",
];
