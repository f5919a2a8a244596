"""How an API or a text column writes times: `unix`, `unix_ms`, `rfc2822`, or a format such as "%d.%m.%Y %H:%M".

A format becomes a regular expression that means the same in Python and in RE2; its groups are the parts of the time.
"""

import re
from datetime import date
from functools import lru_cache

from contracts_runner.dataclass import dataclass
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.suggest import suggest_or_list
from contracts_runner.reading.time_values import UNIX, UNIX_MS

RFC2822 = "rfc2822"
EPOCHS = {UNIX: 0, UNIX_MS: 3}  # the digits of a second that are before the point
WORDS = (UNIX, UNIX_MS, RFC2822)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

_TWO = "([0-9]{1,2})"
_PARTS = {
    "Y": "([0-9]{4})",
    "y": "([0-9]{2})",
    **dict.fromkeys("mdHIMS", _TWO),
    "f": "([0-9]{1,9})",
    "b": "([A-Za-z]{3})",
    "B": "([A-Za-z]{3,9})",
    "p": "([AaPp][Mm])",
    "z": "(Z|z|[-+][0-9]{2}:?[0-9]{2})",
}
_DAY_PARTS = ("Yy", "mbB", "d")
_RFC2822 = (
    r"^(?:[A-Za-z]{3},\s*)?([0-9]{1,2})\s+([A-Za-z]{3})\s+([0-9]{4})\s+([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?"
    r"\s+([-+][0-9]{4}|GMT|UTC?|Z)(?:\s*\([^()]*\))?$"
)
FORMAT_PATTERN = rf"({'|'.join(WORDS)}|[^%]*(%[{''.join(_PARTS)}%][^%]*)+)"


@dataclass(frozen=True, slots=True)
class TimePattern:
    """A regular expression of a time, and the letter of each of its groups, as in strftime."""

    regex: str
    letters: str

    @property
    def has_clock(self) -> bool:
        """False for a day alone."""
        return bool(set(self.letters) & set("HIMSf"))

    @property
    def has_zone(self) -> bool:
        """True where a text says its offset."""
        return "z" in self.letters

    def read(self, text: str) -> str | None:
        """Return a time as ISO 8601, a day alone as a day; None for a text of another form."""
        found = re.fullmatch(self.regex, text.strip(), re.ASCII)
        if found is None:
            return None
        parts = dict(zip(self.letters, (group or "" for group in found.groups()), strict=True))
        year = int(parts.get("Y") or 2000 + int(parts["y"]) - (100 if int(parts["y"]) >= 69 else 0))
        name = (parts.get("b") or parts.get("B") or "").lower()[:3]
        hour = int(parts.get("H") or parts.get("I") or 0)
        if "p" in parts:
            hour = hour % 12 + 12 * (parts["p"].lower() == "pm") if 1 <= hour <= 12 else 99
        try:
            month = MONTHS.index(name) + 1 if name else int(parts["m"])
            day = date(year, month, int(parts["d"])).isoformat()
        except ValueError:
            return None
        if not self.has_clock:
            return day
        fraction = f".{parts['f']}" if "f" in parts else ""
        clock = f"{hour:02}:{int(parts.get('M') or 0):02}:{int(parts.get('S') or 0):02}{fraction}"
        zone = parts.get("z", "")
        return f"{day}T{clock}{zone if zone[:1] in ('', '+', '-') else 'Z'}"


@lru_cache(maxsize=256)
def parse_time_format(text: str) -> TimePattern:
    """Return the pattern of `rfc2822` or a format; raises FormError for one that cannot give a day."""
    if text == RFC2822:
        return TimePattern(_RFC2822, "dbYHMSz")
    if "%" not in text:
        hint = suggest_or_list(text, WORDS)
        raise FormError(f"'{text}' is no form of a time, nor a format such as %d.%m.%Y %H:%M; {hint}")
    letters, regex = "", ""
    for found in re.finditer(r"%(.?)|[^%]+", text, re.DOTALL):
        letter = found[1]
        if letter is None or letter == "%":
            regex += re.escape(letter or found[0])
        elif letter not in _PARTS:
            known = " ".join(f"%{part}" for part in _PARTS)
            raise FormError(f"'{found[0]}' is not a part of a time that can be read; known: {known}")
        else:
            letters += letter
            regex += _PARTS[letter]
    _check_parts(text, letters)
    return TimePattern(f"^{regex}$", letters)


def _check_parts(text: str, letters: str) -> None:
    for one_of in (*_DAY_PARTS, "HI", "M", "S", "f", "p", "z"):
        if (count := sum(map(letters.count, one_of))) > 1:
            raise FormError(f"'{text}' has a part of a time twice: {' '.join(f'%{part}' for part in one_of)}")
        if not count and one_of in _DAY_PARTS:
            raise FormError(f"'{text}' gives no day: it needs {' or '.join(f'%{part}' for part in one_of)}")
    if ("I" in letters) is not ("p" in letters):
        raise FormError(f"'{text}' has one of %I and %p without the other")
    if set(letters) & set("MSfpz") and not set(letters) & set("HI"):
        raise FormError(f"'{text}' has a part of the clock without %H")
