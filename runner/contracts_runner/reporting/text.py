"""Makes text from a service harmless and readable before it reaches any report or the terminal.

Markdown is CommonMark with GitHub's tables: what goes in is what a reader sees, on one line."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from os.path import commonprefix

from contracts_runner.late_pattern import compile_late
from contracts_runner.model.checks import CheckName
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.reporting.phrases import ENGLISH, Phrases
from contracts_runner.results.results import CauseExample
from contracts_runner.results.rows import CheckRow, WarehouseRow

Compared = CheckRow | WarehouseRow | CauseExample
# Check -> what its expected value is to what came, and what its actual value is of that.
_WORDS: dict[str, tuple[str, str]] = {
    CheckName.DISJOINT: ("none of", ""),
    CheckName.SUBSET: ("only items of", "also"),
    CheckName.SUPERSET: ("all items of", "without"),
    CheckName.SAME_ITEMS: ("the items of", ""),
}

# Control characters (but newline and tab), invisible and direction-changing ones, half surrogates: whatever could
# move a cursor, reorder what is read, or break a file.
INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
# What acts in Markdown. An underscore inside a word cannot begin emphasis, and identifiers are full of them: they stay
# readable.
_ACTIVE = compile_late(r"[\\`*\[\]|~$!#]|(?<![^\W_])_|_(?![^\W_])")
# What opens a list or rule at the beginning of a line; a digit cannot be escaped, the mark after it can.
_OPENING = compile_late(r"^(\d*)([+\-=.)])")

# The most characters of a value that stands on one line.
_LINE = 60


def make_visible(text: str) -> str:
    """Return the text with every such character written as its escape, \\x1b or \\u202e; newlines and tabs stay."""
    if text.isascii() and text.isprintable():
        return text
    return INVISIBLE.sub(lambda match: match.group().encode("unicode_escape").decode("ascii"), text)


def encode_report(text: str) -> bytes:
    """Return a report, or a piece of one, in UTF-8."""
    # Half surrogates have no UTF-8 form; \ud800 is readable everywhere.
    return text.encode("utf-8", "backslashreplace")


def flatten(text: str) -> str:
    """Return the text as one line: visible, and each run of white space as one space."""
    return make_visible(" ".join(text.split()))


def split_location(location: str | None) -> tuple[str, int] | None:
    """Return file, visible, and line of what a run has recorded as file:line; None for anything else."""
    file, _, line = (location or "").rpartition(":")
    return (flatten(file), int(line)) if file and line.isascii() and line.isdigit() else None


def shorten(text: str, limit: int) -> str:
    """Return the text, or its beginning and how long it was."""
    return text if len(text) <= limit else f"{text[:limit]}… ({len(text)} characters)"


def render_value(value: Json, limit: int = 200) -> str:
    """Return a JSON value for one line of a report: a string as it is, everything else as compact JSON."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shorten(flatten(text), limit)


def render_literal(value: Json, limit: int = 2000) -> str:
    """Return a JSON value as JSON, so that 12 is not "12": on one line where it is short, else indented."""
    short = json.dumps(value, ensure_ascii=False)
    text = short if len(short) <= _LINE else json.dumps(value, ensure_ascii=False, indent=2)
    return shorten(make_visible(text), limit)


def render_pair(left: Json, right: Json, limit: int = 200) -> tuple[str, str]:
    """Return two values as `render_value` does. Different ones never look equal: if only blanks, the type or what is
    cut off differ, both are in Python's notation, from shortly before the difference."""
    shown = render_value(left, limit), render_value(right, limit)
    return shown if left == right else _tell_apart(shown, [make_visible(repr(left)), make_visible(repr(right))], limit)


# How a row tells of a collection that is too long for it.
_LACKING = re.compile(r"no such member, of \d+(?:: .*)?")
_DESCRIPTION = compile_late(rf"(?:an? )?(?:array|object|list) (?:of|with) \d+ \w+|{_LACKING.pattern}")


def render_short_literal(value: Json, limit: int = 200) -> str:
    """Return a value as JSON writes it, for one line; what only describes a collection as it is."""
    return shorten(_render_json(value), limit)


def render_literals(check: Compared, limit: int = 200) -> tuple[str, str]:
    """Return the two values of a check as `render_short_literal` does; if only what is cut off differs, from shortly
    before that."""
    exact = [_render_json(check.expected), _render_json(check.actual)]
    return _word(check, _tell_apart((shorten(exact[0], limit), shorten(exact[1], limit)), exact, limit))


def render_literal_pair(check: Compared) -> tuple[str, str]:
    """Return the two values of a check as `render_literal` does; what only describes one of them as it is."""
    actual = check.actual
    is_described = isinstance(actual, str) and _DESCRIPTION.fullmatch(actual) is not None
    return _word(check, (render_literal(check.expected), str(actual) if is_described else render_literal(actual)))


def _word(check: Compared, shown: tuple[str, str]) -> tuple[str, str]:
    """Return the two values of a check, as they are shown, with what they are where that is not to be equal."""
    expected, actual = shown
    if isinstance(check.actual, str) and _LACKING.fullmatch(check.actual):
        return f"the member {make_visible(json.dumps(check.expected, ensure_ascii=False))}", actual
    if check.check == CheckName.UNIQUE and check.expected is None:
        return "each value once", actual
    words = _WORDS.get(check.check, ("", "")) if isinstance(check.actual, list) else ("", "")
    return f"{words[0]} {expected}".strip(), f"{words[1]} {actual}".strip()


def _render_json(value: Json) -> str:
    is_described = isinstance(value, str) and _DESCRIPTION.fullmatch(value) is not None
    return value if is_described else make_visible(json.dumps(value, ensure_ascii=False))


def _tell_apart(shown: tuple[str, str], exact: list[str], limit: int) -> tuple[str, str]:
    """Return what is shown of two values; where that is the same, their exact texts from shortly before the
    difference."""
    if shown[0] != shown[1]:
        return shown
    begin = max(len(commonprefix(exact)) - limit // 4, 0)  # noqa: RUF071 - by characters, as these are not paths
    one, other = (shorten("…" * bool(begin) + text[begin:], limit) for text in exact)
    return one, other


def render_comparison(check: Compared, limit: int = 200, phrases: Phrases = ENGLISH) -> str:
    """Return "expected …, actual …" for a row of a check, "" when it compares nothing: an errored one has found no
    value to compare."""
    is_without = not isinstance(check, CauseExample) and check.outcome is Outcome.ERRORED
    if check.actual is None and (check.expected is None or is_without):
        return ""
    expected, actual = _word(check, render_pair(check.expected, check.actual, limit))
    return phrases("expected %(expected)s, actual %(actual)s", expected=expected, actual=actual)


def render_ms(value: float | None) -> str:
    """Return milliseconds with one decimal below 100, "" for none."""
    if value is None:
        return ""
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"


def render_time(value: str | None, phrases: Phrases = ENGLISH) -> str:
    """Return an ISO time with its zone as "2025-11-09 15:14:41 UTC"; other text as it is, "not recorded" for none."""
    if value is None:
        return phrases("not recorded")
    try:
        moment = datetime.fromisoformat(value)
        return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if moment.tzinfo else value
    except (ValueError, OverflowError):
        return value


def count_seconds(begin: str | None, end: str | None) -> float | None:
    """Return the time between two ISO times; None where one is missing, and where the clock was set back meanwhile."""
    try:
        seconds = (datetime.fromisoformat(end or "") - datetime.fromisoformat(begin or "")).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return seconds if seconds >= 0 else None


def render_span(begin: str | None, end: str | None, phrases: Phrases = ENGLISH) -> str:
    """Return the time between two ISO times, such as "12.3 s" or "3 min 20 s"; "not recorded" where it is not known."""
    seconds = count_seconds(begin, end)
    if seconds is None:
        return phrases("not recorded")
    minutes, rest = divmod(round(seconds), 60)
    if seconds < 100:
        return phrases("%(seconds)s s", seconds=f"{seconds:.1f}")
    return phrases("%(minutes)s min %(seconds)s s", minutes=minutes, seconds=rest)


def make_anchors(prefix: str, identifiers: Sequence[str]) -> list[str]:
    """Return the ids of HTML elements for the rows of a phase, all different; a plain identifier stays as it is."""
    plain = [re.sub(r"[^A-Za-z0-9._:-]", "_", identifier) for identifier in identifiers]
    kept = {identifier: number for number, identifier in reversed([*enumerate(identifiers)])}
    return [
        # No identifier that stays as it is has the separator.
        f"{prefix}-{name}" if name == identifier and kept[name] == number else f"{prefix}-{name}~{number + 1}"
        for number, (name, identifier) in enumerate(zip(plain, identifiers, strict=True))
    ]


def escape_markdown(text: object) -> str:
    """Return the text for a table cell or the middle of a line: it has no newline and no active character."""
    from html import escape

    return escape(_ACTIVE.sub(lambda match: "\\" + match.group(), flatten(str(text))), quote=False)


def escape_markdown_line(text: object) -> str:
    """Return the text for the beginning of a line or list item."""
    return _OPENING.sub(r"\1\\\2", escape_markdown(text))
