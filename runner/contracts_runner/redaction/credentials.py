"""Finds credentials: the secrets in use, and headers that carry one by their nature."""

import base64
import binascii
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from contracts_runner.late_pattern import compile_late
from contracts_runner.model.secrets import is_provable
from contracts_runner.redaction.field_names import is_credential_field
from contracts_runner.redaction.known_values import KnownValues, is_quoted, is_whole_word
from contracts_runner.redaction.replacement import MARKER, render_credential

# Shorter secrets occur inside ordinary words.
ANYWHERE_LENGTH = 8
MINIMUM_LENGTH = 4
_HEADERS = re.compile(
    r"(?:proxy-)?authorization|(?:set-)?cookie2?|(?:x-)?auth"
    r"|.*(?:api-?key|access-?key|token|secret|passw|credential|signature|jwt|assertion).*",
    re.IGNORECASE,
)
_SCHEME = compile_late(r"(Basic|Bearer|Digest|Token|Api-?Key|Key|Negotiate|NTLM|HOBA|DPoP)([ \t]+)(.+)", re.I | re.S)


class Found(NamedTuple):
    """A secret at text[start:end]: its value, and its name ("" for one that was met)."""

    start: int
    end: int
    value: str
    name: str


@lru_cache(maxsize=4096)
def is_credential_header(name: str) -> bool:
    """Tell whether a header's value is always a credential."""
    return _HEADERS.fullmatch(name) is not None or is_credential_field(name)


class Credentials:
    """The secrets in use by name, and those that a run met in headers; `key` is the run's, for their fingerprints.
    `words` are replaced, too, and are not among the `secrets()` to search for."""

    def __init__(self, secrets: Mapping[str, str], key: bytes, words: Mapping[str, str]) -> None:
        self._secrets = {name: value for name, value in secrets.items() if value}
        self._key = key
        self._met: dict[str, None] = {}
        self._added = 0
        self._lock = threading.Lock()
        self._known = KnownValues()
        self._known.learn((value, name) for name, value in [*self._secrets.items(), *words.items()])

    def secrets(self) -> dict[str, str]:
        """Return name -> value of the secrets in use and of the credentials met, such as cookies."""
        return self._secrets | {f"met {number}": value for number, value in enumerate(list(self._met), 1)}

    def add(self, name: str, value: str) -> None:
        """Take one more secret in use; one that could stand in any text by chance is replaced, and not searched for."""
        if not value or value in self._secrets.values():
            return
        self._known.learn([(value, name)])
        with self._lock:
            self._added += 1
            if is_provable(value):
                # Never changed in place: other threads read it.
                self._secrets = {**self._secrets, f"{name} {self._added}": value}

    @property
    def count(self) -> int:
        """How many values are known: those in use, those that were met or added, and what was made of them."""
        return self._known.count

    def find(self, text: str) -> Iterator[Found]:
        """Yield every secret in a text."""
        for span in self._known.find(text):
            length = span.end - span.start
            if (
                length >= ANYWHERE_LENGTH
                or (length >= MINIMUM_LENGTH and is_whole_word(text, span.start, span.end))
                or is_quoted(text, span.start, span.end)
            ):
                yield Found(span.start, span.end, span.value, span.label)

    def find_number(self, digits: str) -> str | None:
        """Return the recorded form of a JSON number that is a secret, or None."""
        name = self._known.label(digits) if len(digits) >= MINIMUM_LENGTH else None
        return None if name is None else self.render(digits, name)

    def render(self, value: str, name: str = "") -> str:
        """Return the recorded form of a secret; `name` is its owner's."""
        return render_credential(value, self._key, name)

    def derive(self, value: str, secrets: Iterable[Found]) -> None:
        """Remember a value that was made of secrets, unless it may stand anywhere by chance; it is searched for if one
        of them is."""
        if len(value) >= ANYWHERE_LENGTH or is_provable(value):
            self._known.learn([(value, "")])
            if any(secret.name in self._secrets or not secret.name for secret in secrets):
                self._met[value] = None

    def meet(self, value: str) -> str:
        """Return the recorded form of a value that is a credential by its place, and remember it."""
        if not value or MARKER.fullmatch(value):
            return value
        owner = self._find_owner(value)
        if owner is not None:
            return self.render(self._secrets[owner], owner)
        if name := self._known.label(value):
            return self.render(value, name)
        if len(value) >= ANYWHERE_LENGTH:
            self._known.learn([(value, "")])
            self._met[value] = None
        return self.render(value)

    def redact_header(self, name: str, value: str) -> str:
        """Return a credential header's value with the credentials replaced; scheme and cookie names stay."""
        if name.lower() in ("cookie", "set-cookie"):
            return self._redact_cookies(value, is_response=name.lower() == "set-cookie")
        scheme = _SCHEME.fullmatch(value)
        if scheme:
            return scheme[1] + scheme[2] + self.meet(scheme[3].strip())
        return self.meet(value)

    def _find_owner(self, value: str) -> str | None:
        candidates = [value, *_decode_basic(value)]
        for name, secret in self._secrets.items():
            if secret in candidates or f"Bearer {secret}" == value:
                return name
        return None

    def _redact_cookies(self, value: str, *, is_response: bool) -> str:
        first, *others = value.split(";")
        # Of Set-Cookie only the first pair is the cookie; Path, Max-Age and so on are its attributes.
        pairs = [self._redact_cookie(first), *(others if is_response else map(self._redact_cookie, others))]
        return ";".join(pairs)

    def _redact_cookie(self, pair: str) -> str:
        """Return a cookie with its name only; a service may give one that has none (RFC 6265bis §5.6)."""
        name, equals, rest = pair.partition("=") if "=" in pair else ("", "", pair)
        value = rest.strip().removeprefix('"').removesuffix('"')
        if not value:
            return pair
        before, _, after = rest.partition(value)
        return name + equals + before + self.meet(value) + after


def _decode_basic(value: str) -> list[str]:
    """Return the user:password text of Basic credentials and its password, or nothing (RFC 7617)."""
    try:
        text = base64.b64decode(value, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return []
    return [text, text.partition(":")[2]] if ":" in text else [text]
