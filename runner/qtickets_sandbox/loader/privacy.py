"""Keep people out of the warehouse: keyed digests for what is compared, nothing for the rest.

E-mail, phone and names become an HMAC-SHA256, so that equal people stay equal (a count of clients, a
join of client and order still work) and nobody can be read out or looked up without the key. The key is
the REST token: a secret that only the loader has. All clients are written anew by every load, so a
changed token leaves no mixture behind. Payloads lose every personal field instead.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

# Letters only: in hexadecimal a run of digits would pass for a phone or card number in a leak scan.
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")

_PERSONAL = frozenset(
    {
        "email",
        "details",
        "client",
        "client_email",
        "client_phone",
        "client_name",
        "client_surname",
        "client_middlename",
        "organization_name",
        "legal_name",
        "work_position",
        "inn",
        "kpp",
        "comment",
        "custom",
        "fields",
        "fanid_card",
        "visitor_user_id",
        # Not about people, but whoever has one of these can pay, cancel, enter.
        "payment_card_number",
        "payment_url",
        "cancel_url",
        "pdf_url",
        "passbook_url",
        "barcode",
    }
)


class Pseudonyms:
    """Digests under one key."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def digest(self, text: str | None) -> str:
        """Return 64 letters that stand for a text without its outer spaces and case; "" for none."""
        if not text or not text.strip():
            return ""
        mac = hmac.new(self._key, text.strip().lower().encode(), hashlib.sha256)
        return mac.hexdigest().translate(_LETTERS)


def strip_personal(value: Any) -> Any:
    """Return a copy of a payload without the fields that tell of a person, at any depth."""
    if isinstance(value, Mapping):
        return {key: strip_personal(each) for key, each in value.items() if key not in _PERSONAL}
    if isinstance(value, list):
        return [strip_personal(each) for each in value]
    return value
