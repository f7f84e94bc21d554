//! Tokens: JSON Web Tokens read, minted and forged, after RFC 7515 (JWS) and RFC 7519 (JWT).

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Map, Value as Json, json};

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

/// Why a text is not a token, or cannot be made one.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TokenError {
    /// Not three parts joined by dots.
    #[error("it has {0} parts joined by dots instead of 3")]
    Parts(usize),
    /// A part is not base64url.
    #[error("its {0} is not base64url without padding")]
    Base64(&'static str),
    /// A part is not a JSON object.
    #[error("its {0} is not a JSON object")]
    Json(&'static str),
    /// There is no such forgery.
    #[error("there is no way to forge a token called `{0}`")]
    Forgery(String),
    /// Signing failed, which is a fault of `course`.
    #[error("cannot sign: {0}")]
    Sign(String),
}

/// A token taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// The header.
    pub header: Json,
    /// The claims.
    pub claims: Map<String, Json>,
    signature: Vec<u8>,
    signed: String,
}

/// Registers the cryptography that tokens are signed with. Doing it again does nothing.
pub fn prepare() {
    let _ = jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER.install_default();
}

impl Token {
    /// Takes a token apart.
    ///
    /// # Errors
    /// What keeps it from being a token in the compact form of RFC 7515.
    pub fn parse(text: &str) -> Result<Self, TokenError> {
        let parts: Vec<&str> = text.split('.').collect();
        let [header, claims, signature] = parts.as_slice() else {
            return Err(TokenError::Parts(parts.len()));
        };
        let bytes = |part: &str, name| {
            URL_SAFE_NO_PAD
                .decode(part)
                .map_err(|_| TokenError::Base64(name))
        };
        let object = |part: &str, name| match serde_json::from_slice(&bytes(part, name)?) {
            Ok(Json::Object(object)) => Ok(object),
            _ => Err(TokenError::Json(name)),
        };
        Ok(Self {
            header: Json::Object(object(header, "header")?),
            claims: object(claims, "claims")?,
            signature: bytes(signature, "signature")?,
            signed: format!("{header}.{claims}"),
        })
    }

    /// Whether the header says HS256 and the signature is that of `secret`.
    #[must_use]
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let right = sign(&self.signed, secret, Algorithm::HS256);
        self.header["alg"] == "HS256"
            && right.is_ok_and(|right| URL_SAFE_NO_PAD.decode(right) == Ok(self.signature.clone()))
    }
}

fn sign(message: &str, secret: &str, algorithm: Algorithm) -> Result<String, TokenError> {
    prepare();
    let key = EncodingKey::from_secret(secret.as_bytes());
    jsonwebtoken::crypto::sign(message.as_bytes(), &key, algorithm)
        .map_err(|e| TokenError::Sign(e.to_string()))
}

fn encode(json: &Json) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

/// A token with these claims in compact form.
fn compact(alg: &str, claims: &Map<String, Json>, secret: &str) -> Result<String, TokenError> {
    let algorithm = if alg == "HS512" {
        Algorithm::HS512
    } else {
        Algorithm::HS256
    };
    let header = encode(&json!({"alg": alg, "typ": "JWT"}));
    let signed = format!("{header}.{}", encode(&Json::Object(claims.clone())));
    let signature = sign(&signed, secret, algorithm)?;
    Ok(format!("{signed}.{signature}"))
}

/// Seconds since 1970.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap_or(Duration::ZERO).as_secs()
}

/// Mints a token with HS256: the claims of `from` without those in `drop`, fresh `iat` and `exp`, the given `jti`,
/// and then `claims` over them.
///
/// # Errors
/// When `from` is not a token.
pub fn mint(
    from: Option<&str>,
    drop: &[String],
    claims: &Json,
    jti: &str,
    life: Duration,
    secret: &str,
) -> Result<String, TokenError> {
    let mut all = match from {
        Some(token) => Token::parse(token)?.claims,
        None => Map::new(),
    };
    all.insert("iat".into(), now().into());
    all.insert("exp".into(), (now() + life.as_secs()).into());
    all.insert("jti".into(), jti.into());
    all.retain(|name, _| !drop.contains(name));
    if let Json::Object(over) = claims {
        all.extend(over.clone());
    }
    compact("HS256", &all, secret)
}

/// Falsifies a real token in one of the ways of [`FORGERIES`]. Those that need a signature use the real secret, so
/// that nothing but the falsified part is wrong.
///
/// # Errors
/// When `token` is not one, or there is no such forgery.
pub fn forge(kind: &str, token: &str, secret: &str) -> Result<String, TokenError> {
    let real = Token::parse(token)?;
    let parts: Vec<&str> = token.split('.').collect();
    let [header, body, signature] = [parts[0], parts[1], parts[2]];
    let with = |change: &dyn Fn(&mut Map<String, Json>)| {
        let mut claims = real.claims.clone();
        change(&mut claims);
        compact("HS256", &claims, secret)
    };
    let (hour, now) = (3_600, now());
    Ok(match kind {
        "alg-none" | "alg-None" | "alg-NONE" | "alg-nOnE" => {
            let alg = kind.trim_start_matches("alg-");
            format!("{}.{body}.", encode(&json!({"alg": alg, "typ": "JWT"})))
        }
        "expired" => with(&|c| {
            c.insert("iat".into(), (now - 2 * hour).into());
            c.insert("exp".into(), (now - hour).into());
        })?,
        "not-yet-valid" => with(&|c| {
            c.insert("nbf".into(), (now + hour).into());
        })?,
        "no-exp" => with(&|c| {
            c.remove("exp");
        })?,
        "string-exp" => with(&|c| {
            c.insert("exp".into(), (now + hour).to_string().into());
        })?,
        "wrong-iss" => with(&|c| {
            c.insert("iss".into(), "https://somebody-else.test".into());
        })?,
        "wrong-aud" => with(&|c| {
            c.insert("aud".into(), "another-service".into());
        })?,
        "tampered-claims" => {
            let mut claims = real.claims.clone();
            claims.insert("role".into(), "admin".into());
            format!("{header}.{}.{signature}", encode(&Json::Object(claims)))
        }
        "tampered-signature" => {
            let mut bytes = real.signature.clone();
            if let Some(byte) = bytes.first_mut() {
                *byte ^= 1;
            }
            format!("{header}.{body}.{}", URL_SAFE_NO_PAD.encode(bytes))
        }
        "wrong-key" => compact(
            "HS256",
            &real.claims,
            "not-the-key-that-you-were-given-at-all",
        )?,
        "no-signature" => format!("{header}.{body}"),
        "empty-signature" => format!("{header}.{body}."),
        "alg-hs512" => compact("HS512", &real.claims, secret)?,
        "alg-rs256" => compact("RS256", &real.claims, secret)?,
        "non-canonical" => format!("{header}.{body}.{}", other_spelling(signature)),
        "padded" => format!("{token}="),
        "truncated" => format!("{header}.{body}.{}", &signature[..signature.len() / 2]),
        other => return Err(TokenError::Forgery(other.to_owned())),
    })
}

/// The same signature in other letters: the last character of 43 carries two bits that mean nothing.
fn other_spelling(signature: &str) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut bytes = signature.as_bytes().to_vec();
    if let Some(last) = bytes.last_mut()
        && let Some(at) = ALPHABET.iter().position(|b| b == last)
    {
        *last = ALPHABET[at ^ 1];
    }
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn real() -> String {
        let claims = json!({"sub": "fox", "iss": "course", "aud": "prefs"});
        mint(None, &[], &claims, "j1", Duration::from_mins(15), SECRET).unwrap()
    }

    #[test]
    fn a_minted_token_verifies_and_carries_its_claims() {
        let token = Token::parse(&real()).unwrap();
        assert!(token.is_signed_with(SECRET));
        assert!(!token.is_signed_with("another secret of some length....."));
        assert_eq!(token.claims["sub"], "fox");
        let life = token.claims["exp"].as_u64().unwrap() - token.claims["iat"].as_u64().unwrap();
        assert_eq!(life, 900);
    }

    #[test]
    fn minting_copies_drops_and_overrides() {
        let minted = mint(
            Some(&real()),
            &["aud".into()],
            &json!({"role": "admin"}),
            "j2",
            Duration::ZERO,
            SECRET,
        );
        let claims = Token::parse(&minted.unwrap()).unwrap().claims;
        assert_eq!(
            (claims.get("aud"), &claims["role"]),
            (None, &json!("admin"))
        );
        assert_eq!(
            (&claims["sub"], &claims["jti"]),
            (&json!("fox"), &json!("j2"))
        );
    }

    #[test]
    fn a_verifier_refuses_every_forgery_but_other_spellings() {
        use jsonwebtoken::{DecodingKey, Validation, decode};
        prepare();
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_issuer(&["course"]);
        rules.set_audience(&["prefs"]);
        rules.validate_nbf = true;
        let key = DecodingKey::from_secret(SECRET.as_bytes());
        let accepts = |token: &str| decode::<Json>(token, &key, &rules).is_ok();
        assert!(accepts(&real()));
        for kind in FORGERIES {
            let forged = forge(kind, &real(), SECRET).unwrap();
            assert_ne!(forged, real(), "{kind}");
            assert!(!accepts(&forged), "{kind} was accepted");
        }
    }

    #[test]
    fn another_spelling_has_the_same_bytes_for_a_lenient_reader() {
        use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
        let lenient = GeneralPurpose::new(
            &base64::alphabet::URL_SAFE,
            GeneralPurposeConfig::new()
                .with_decode_allow_trailing_bits(true)
                .with_decode_padding_mode(DecodePaddingMode::Indifferent),
        );
        let (token, forged) = (real(), forge("non-canonical", &real(), SECRET).unwrap());
        let signature = |t: &str| lenient.decode(t.rsplit('.').next().unwrap()).unwrap();
        assert_eq!(signature(&token), signature(&forged));
        assert_ne!(token, forged);
    }

    #[test]
    fn what_is_no_token_says_why() {
        assert_eq!(Token::parse("abc"), Err(TokenError::Parts(1)));
        assert_eq!(Token::parse("a=.b.c"), Err(TokenError::Base64("header")));
    }
}
