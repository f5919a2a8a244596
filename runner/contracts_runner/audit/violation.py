"""What an audit finds."""

import json
from collections.abc import Sequence

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json

_LONGEST = 300
# Characters that are shown before and behind what differs.
_CONTEXT = 40


@dataclass(frozen=True, slots=True)
class Violation:
    """One figure that does not hold: `printed` is the file's value, `recomputed` what the evidence gives; None is
    nothing at all. `file` is relative, with forward slashes; the place in it is a 1-based `line` or a JSONPath."""

    figure: str
    printed: Json
    recomputed: Json
    file: str
    line: int | None = None
    path: str = ""

    @property
    def where(self) -> str:
        """file:line, `file: $.path`, or the file."""
        if self.line is not None:
            return f"{self.file}:{self.line}"
        return f"{self.file}: {self.path}" if self.path else self.file

    def as_json(self) -> dict[str, Json]:
        """Return {figure, printed, recomputed, where} (docs/design.md, Command line); long values are cut, to what
        differs if their beginnings do not."""
        printed, recomputed = _shorten_value(self.printed), _shorten_value(self.recomputed)
        if isinstance(printed, str) and printed == recomputed:
            printed, recomputed = map(shorten, focus(repr(self.printed), repr(self.recomputed)))
        return {
            "figure": shorten(self.figure),
            "printed": printed,
            "recomputed": recomputed,
            "where": shorten(self.where),
        }


def shorten(text: str) -> str:
    """Return the text, or its beginning and how long it was; half surrogates, which no encoder takes, as escapes."""
    safe = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return safe if len(safe) <= _LONGEST else f"{safe[:_LONGEST]}… ({len(safe)} characters)"


def _shorten_value(value: Json) -> Json:
    if isinstance(value, str):
        return shorten(value)
    try:
        text = json.dumps(value, allow_nan=False)
    except ValueError:
        # 1e999 can be read, but not be written.
        return shorten(json.dumps(value))
    return value if len(text) <= _LONGEST else shorten(json.dumps(value, ensure_ascii=False))


def focus(left: str, right: str) -> tuple[str, str]:
    """Return what differs in two texts, with the words around it."""
    begin = max(count_equal(left, right) - _CONTEXT, 0)
    end = max(count_equal(left[begin:][::-1], right[begin:][::-1]) - _CONTEXT, 0)
    before, after = "…" if begin else "", "…" if end else ""
    return before + left[begin : len(left) - end] + after, before + right[begin : len(right) - end] + after


def count_equal(left: Sequence[object], right: Sequence[object]) -> int:
    """Return how many of the first elements are equal."""
    pairs = enumerate(zip(left, right, strict=False))
    return next((index for index, (one, other) in pairs if one != other), min(len(left), len(right)))
