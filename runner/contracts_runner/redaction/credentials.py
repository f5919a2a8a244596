"""Finds credentials: the secrets in use, in every spelling, and headers that carry one by their nature."""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping

from contracts_runner.redaction.known_values import KnownValues, is_quoted, is_whole_word
from contracts_runner.redaction.replacement import MARKER, render_credential

# Shorter secrets occur inside ordinary words.
ANYWHERE_LENGTH = 8
MINIMUM_LENGTH = 4
_WIDEST = 200
_HEADERS = re.compile(
    r"(?:proxy-)?authorization|(?:set-)?cookie2?|.*(?:api-?key|access-?key|token|secret|passw|credential|signature).*",
    re.IGNORECASE,
)
# Fields of bodies, forms and queries whose value opens something, whatever the spec declares.
_FIELDS = re.compile(
    r".*(?:passw(?:or)?d|secret|api[_-]?key|private[_-]?key|(?:access|refresh|id|auth|session|csrf)[_-]?token)"
    r"|authorization|token|pwd",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"(Basic|Bearer|Digest|Token|Api-?Key|Key|Negotiate|NTLM|HOBA|DPoP)([ \t]+)(.+)", re.I | re.S)
_COOKIE_PAIR = re.compile(r"([^=;,\s]+)=([^;]*)")
_BASE64_RUN = re.compile(r"[A-Za-z0-9+/_=-]*")


def is_credential_header(name: str) -> bool:
    """Tell whether a header's value is always a credential."""
    return _HEADERS.fullmatch(name) is not None


def is_credential_field(name: str) -> bool:
    """Tell whether a field's name says that its value is a password, key or token."""
    return _FIELDS.fullmatch(name) is not None


def iter_base64(value: str) -> Iterator[str]:
    """Yield what every base64 text of a longer string shows of `value` inside it: one piece for each of the three
    positions at which it can begin, in both alphabets. Nothing for values too short to be distinguished from chance."""
    raw = value.encode("utf-8", "surrogatepass")
    for skipped in range(3):
        encoded = base64.b64encode(b"\0" * skipped + raw).decode("ascii").rstrip("=")
        first = (skipped * 8 + 5) // 6
        last = len(encoded) - (1 if (skipped + len(raw)) % 3 else 0)
        piece = encoded[first:last]
        if len(piece) >= ANYWHERE_LENGTH:
            yield piece
            if "+" in piece or "/" in piece:
                yield piece.replace("+", "-").replace("/", "_")


class Credentials:
    """The secrets in use by name, and those that a run met in headers."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = {name: value for name, value in secrets.items() if value}
        self._met: dict[str, None] = {}
        self._known = KnownValues()
        self._encoded = KnownValues()
        for name, value in self._secrets.items():
            self._known.learn([(value, name)])
            self._encoded.learn((piece, name) for piece in iter_base64(value))

    def secrets(self) -> dict[str, str]:
        """Return name -> value of the secrets in use and of the credentials met, such as cookies."""
        return self._secrets | {f"met {number}": value for number, value in enumerate(list(self._met), 1)}

    @property
    def count(self) -> int:
        """How many credentials were met beside those in use."""
        return len(self._met)

    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Yield (start, end, replacement) of every secret in a text, plain or in base64."""
        for span in self._known.find(text):
            length = span.end - span.start
            if (
                length >= ANYWHERE_LENGTH
                or (length >= MINIMUM_LENGTH and is_whole_word(text, span.start, span.end))
                or is_quoted(text, span.start, span.end)
            ):
                yield span.start, span.end, render_credential(span.value, span.label)
        for span in self._encoded.find(text):
            start, end = _widen(text, span.start, span.end)
            yield start, end, render_credential(self._secrets[span.label], span.label)

    def redact_header(self, name: str, value: str) -> str:
        """Return a credential header's value with the credentials replaced; scheme and cookie names stay."""
        if name.lower() in ("cookie", "set-cookie"):
            return self._redact_cookies(value, is_response=name.lower() == "set-cookie")
        scheme = _SCHEME.fullmatch(value)
        if scheme:
            return scheme[1] + scheme[2] + self._redact_whole(scheme[3].strip())
        return self._redact_whole(value)

    def _redact_whole(self, value: str) -> str:
        if not value or MARKER.fullmatch(value):
            return value
        owner = self._find_owner(value)
        if owner is not None:
            return render_credential(self._secrets[owner], owner)
        if len(value) >= ANYWHERE_LENGTH:
            self._known.learn([(value, "")])
            self._met[value] = None
        return render_credential(value)

    def _find_owner(self, value: str) -> str | None:
        candidates = [value, *_decode_basic(value)]
        for name, secret in self._secrets.items():
            if secret in candidates or f"Bearer {secret}" == value:
                return name
        return None

    def _redact_cookies(self, value: str, *, is_response: bool) -> str:
        pairs = [match.span(2) for match in _COOKIE_PAIR.finditer(value)]
        if not pairs:
            return self._redact_whole(value)
        # Of Set-Cookie only the first pair is the cookie; Path, Max-Age and so on are its attributes.
        for start, end in reversed(pairs[:1] if is_response else pairs):
            value = value[:start] + self._redact_whole(value[start:end].strip()) + value[end:]
        return value


def _decode_basic(value: str) -> list[str]:
    """Return the user:password text of Basic credentials and its password, or nothing (RFC 7617)."""
    try:
        text = base64.b64decode(value, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return []
    return [text, text.partition(":")[2]] if ":" in text else [text]


def _widen(text: str, start: int, end: int) -> tuple[int, int]:
    """Return the whole base64 text around a piece of it: its other letters hold parts of the secret too."""
    # Bounded on both sides: a text of nothing but secrets would cost quadratic time.
    before = _BASE64_RUN.match(text[max(0, start - _WIDEST) : start][::-1])
    after = _BASE64_RUN.match(text, end, end + _WIDEST)
    return start - (before.end() if before else 0), after.end() if after else end
