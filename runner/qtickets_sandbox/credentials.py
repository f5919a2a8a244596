"""The credentials that the twin accepts: two REST organisers and two partners (docs/qtickets.md, Seed)."""

from typing import Final

REST_TOKEN_A: Final = "sandbox-rest-token"
REST_TOKEN_B: Final = "sandbox-rest-token-b"
PARTNER_KEY_P: Final = "sandbox-partner-key"
PARTNER_KEY_Q: Final = "sandbox-partner-key-q"

ORGANISER_A: Final = "A"
ORGANISER_B: Final = "B"
PARTNER_P: Final = 501
PARTNER_Q: Final = 502

# A REST token is not a partner key and the reverse: the two maps share nothing (docs/qtickets.md, Partners API).
ORGANISERS: Final = {REST_TOKEN_A: ORGANISER_A, REST_TOKEN_B: ORGANISER_B}
PARTNERS: Final = {PARTNER_KEY_P: PARTNER_P, PARTNER_KEY_Q: PARTNER_Q}


def read_bearer(authorization: str | None) -> str | None:
    """Return the token of an `Authorization` header value (RFC 6750), or None if it carries none."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
