"""Tokens: JSON Web Tokens (RFC 7519), signed with HS256 and verified strictly.

A token is three parts joined by dots: a header, the claims, and a signature
over the first two. Whoever has the secret can verify it, so an instance needs
no memory of having issued it. A library would do this as well; it is written
out here because it is short and because every line of `verify` is a rule.
"""

import base64
import hashlib
import hmac
import json
import math
import re
import secrets
import time

LEEWAY_SECONDS = 30  # clocks differ a little
LONGEST_TOKEN = 8 * 1024


class Refused(Exception):
    """A token that must not be believed. Its text is the reason, for the log."""


class Tokens:
    """Issues and verifies the tokens of one service."""

    def __init__(self, secret, issuer, audience, lifetime):
        self._secret = secret
        self._issuer = issuer
        self._audience = audience
        self.lifetime = lifetime

    def issue(self, subject):
        """Returns a new token for a user."""
        now = int(time.time())
        claims = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": subject,
            "iat": now,
            "exp": now + self.lifetime,
            "jti": secrets.token_urlsafe(16),
        }
        signed = _write({"alg": "HS256", "typ": "JWT"}) + "." + _write(claims)
        return signed + "." + _encode(self._sign(signed))

    def verify(self, token):
        """Returns the claims of a token that is believed. Raises `Refused`."""
        parts = token.split(".")
        if len(parts) != 3 or len(token) > LONGEST_TOKEN:
            raise Refused("not three parts")
        header, claims, signature = parts

        # The algorithm is ours to choose, never the token's.
        if _read(header).get("alg") != "HS256":
            raise Refused("the algorithm is not HS256")
        if not hmac.compare_digest(self._sign(header + "." + claims), _decode(signature)):
            raise Refused("the signature is wrong")

        # Only from here on is anything in the token worth reading.
        claims = _read(claims)
        self._check_times(claims)
        self._check_names(claims)
        return claims

    def _check_times(self, claims):
        now = time.time()
        if not _is_number(claims.get("exp")):
            raise Refused("exp is missing or not a number")
        if claims["exp"] + LEEWAY_SECONDS <= now:
            raise Refused("expired")
        if "nbf" in claims:
            if not _is_number(claims["nbf"]):
                raise Refused("nbf is not a number")
            if claims["nbf"] - LEEWAY_SECONDS > now:
                raise Refused("not valid yet")

    def _check_names(self, claims):
        if claims.get("iss") != self._issuer:
            raise Refused("another issuer")
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if self._audience not in audiences:
            raise Refused("another audience")
        for name in ("sub", "jti"):
            if not isinstance(claims.get(name), str) or not claims[name]:
                raise Refused("%s is missing" % name)

    def _sign(self, text):
        return hmac.new(self._secret, text.encode("utf-8"), hashlib.sha256).digest()


def _write(value):
    return _encode(json.dumps(value, separators=(",", ":")).encode("utf-8"))


def _read(part):
    try:
        value = json.loads(_decode(part))
    except (ValueError, RecursionError):
        raise Refused("not JSON") from None
    if not isinstance(value, dict):
        raise Refused("not a JSON object")
    return value


def _encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decode(part):
    """Reads base64url as a JWT has it: no padding, and one spelling only.

    The last character of base64 may hold unused bits. Lenient decoders ignore
    them, so one token would have several spellings. Encoding the bytes again
    shows whether this was the proper one.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]+", part) or len(part) % 4 == 1:
        raise Refused("not base64url")
    data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    if _encode(data) != part:
        raise Refused("base64url in an odd spelling")
    return data


def _is_number(value):
    # In Python, True is a number, and so is infinity.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
