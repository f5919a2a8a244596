"""How a personal value is written down (one form for each kind and redaction mode), and how it replaces its span."""

import hashlib
import hmac
import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence

from contracts_runner.dataclass import dataclass
from contracts_runner.late_pattern import compile_late
from contracts_runner.model.environment import RedactionMode

KINDS = ("email", "phone", "name", "card", "token", "address", "url")

# What the redactor itself writes. It is never redacted again.
MARKER = compile_late(
    rf"<(?:{'|'.join(KINDS)})(?::[0-9a-f]{{8}})?>"
    r"|<credential(?: [^<>\s]{1,80})? sha256:[0-9a-f]{8}>"
    r"|<[0-9]+ bytes of [^<>]{1,100}, sha256 [0-9a-f]{64}>"
)
_PARTIAL = {
    "email": re.compile(r"[^@*]{0,4}\*\*\*(?:@[^@\s]+)?"),
    "phone": re.compile(r"(?:[+ ][0-9]{3})?\*\*\*"),  # in a form, a plus is a blank
    "name": re.compile(r"[^*]{0,3}\*\*\*", re.DOTALL),
}
_STARS = "***"


def fingerprint(value: str, key: bytes) -> str:
    """Return the first 8 hexadecimal digits of the value's HMAC-SHA256 (UTF-8) under the run's key: enough to
    distinguish credentials within a run, and nothing to try guesses on."""
    return hmac.new(key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:8]


def render_credential(value: str, key: bytes, name: str = "") -> str:
    """Return `<credential name sha256:1a2b3c4d>`; without a name for a value without an owner."""
    return (
        f"<credential {name} sha256:{fingerprint(value, key)}>"
        if name
        else f"<credential sha256:{fingerprint(value, key)}>"
    )


def render_personal(mode: RedactionMode, kind: str, value: str, key: bytes) -> str:
    """Return the recorded form of a personal value.

    full: `<email>`. hash: `<email:1a2b3c4d>`, the first digits of HMAC-SHA256 under `key`, so that equal values stay
    comparable within a run. partial: `test***@example.com` (four characters of the local part, but never more than
    half), `+791***`, `Ива***` (three characters; half of a shorter name), `***` for the other kinds.
    """
    match mode:
        case RedactionMode.FULL:
            return f"<{kind}>"
        case RedactionMode.HASH:
            return f"<{kind}:{fingerprint(value, key)}>"
        case RedactionMode.PARTIAL:
            return _render_partial(kind, value)


def is_redacted(mode: RedactionMode, kind: str, value: str) -> bool:
    """Tell whether a value has the very form that this mode writes, so that redacting twice changes nothing."""
    if MARKER.fullmatch(value) or value == _STARS:
        return True
    pattern = _PARTIAL.get(kind)
    return mode is RedactionMode.PARTIAL and pattern is not None and pattern.fullmatch(value) is not None


def was_replaced(text: str) -> bool:
    """Tell whether a text of a recorded message stands for a value, in any mode."""
    return _STARS in text or (text.startswith("<") and MARKER.fullmatch(text) is not None)


def holds_replaced(text: str) -> bool:
    """Tell whether a value was replaced within a text of a recorded message, in any mode."""
    return _STARS in text or ("<" in text and MARKER.search(text) is not None)


def _render_partial(kind: str, value: str) -> str:
    match kind:
        case "email":
            local, at, domain = value.rpartition("@")
            return local[: min(4, len(local) // 2)] + _STARS + at + domain if at else _STARS
        case "phone":
            return _render_partial_phone(value)
        case "name":
            return value[: 3 if len(value) > 3 else len(value) // 2] + _STARS
        case _:
            return _STARS


def _render_partial_phone(value: str) -> str:
    digits = "".join(character for character in value if character in "0123456789")
    if len(digits) < 8:
        return _STARS
    if "+" not in value and len(digits) == 11 and digits[0] == "8":
        digits = "7" + digits[1:]  # the Russian trunk prefix
    elif "+" not in value and len(digits) == 10:
        digits = "7" + digits
    return f"+{digits[:3]}{_STARS}"


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """text[start:end] becomes `replacement`. Of overlapping spans a secret gives its form, else the longest."""

    start: int
    end: int
    replacement: str
    is_secret: bool = False


def replace_spans(text: str, spans: Iterable[Span]) -> str:
    """Replace the spans. Overlapping ones are replaced as one, so that no rest of them stays. What the redactor wrote
    before is left alone, except for secrets: a service could write such a form around one."""
    merged = _merge(span for span in spans if span.end > span.start)
    if not merged:
        return text
    markers = [match.span() for match in MARKER.finditer(text)] if "<" in text else []
    parts = []
    end = 0
    for span in merged:
        if not span.is_secret and _is_within(span, markers):
            continue
        parts += [text[end : span.start], span.replacement]
        end = span.end
    return "".join([*parts, text[end:]])


def _is_within(span: Span, markers: Sequence[tuple[int, int]]) -> bool:
    index = bisect_right(markers, span.start, key=lambda marker: marker[0]) - 1
    return index >= 0 and span.end <= markers[index][1]


def _merge(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start < merged[-1].end:
            last = merged.pop()
            winner = max(last, span, key=lambda item: (item.is_secret, item.end - item.start))
            span = Span(last.start, max(last.end, span.end), winner.replacement, winner.is_secret)
        merged.append(span)
    return merged
