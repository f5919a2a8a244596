"""Reads regular expressions as ECMA 262 does, and writes them for the validator's engine, which reads some otherwise.

Source: ECMA 262 (2025) §22.2.1 with Annex B.1.2: what only browsers take is taken too, as far as it has a meaning under
the flag `u`, by which texts are code points.
"""

import re
from collections.abc import Iterator
from dataclasses import field
from functools import lru_cache

from contracts_runner.dataclass import dataclass
from contracts_runner.late_pattern import compile_late

_ANY = "[^\\n\\r\u2028\u2029]"
_NOTHING, _EVERYTHING = r"[^\s\S]", r"[\s\S]"
_BLANKS = "\\t\\n\\x0b\\x0c\\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_SETS = {"d": "0-9", "w": "0-9A-Za-z_", "s": _BLANKS}
# The engine has boundaries of words of any script, ECMA 262 those of ASCII.
_WORD = "[0-9A-Za-z_]"
_BOUNDARIES = {
    "b": f"(?:(?<={_WORD})(?!{_WORD})|(?<!{_WORD})(?={_WORD}))",
    "B": f"(?:(?<={_WORD})(?={_WORD})|(?<!{_WORD})(?!{_WORD}))",
}
_CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
_SYNTAX = frozenset("^$\\.*+?()[]{}|")
_IN_CLASS = frozenset("\\]^-[&~")
_QUANTIFIER = compile_late(r"(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})")
_PROPERTY = compile_late(r"[pP]\{[A-Za-z0-9_]+(?:=[A-Za-z0-9_]+)?\}")
_CODE = compile_late(
    r"u\{([0-9A-Fa-f]+)\}|u([Dd][89ABab][0-9A-Fa-f]{2})\\u([Dd][C-Fc-f][0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})"
)
_HEX = compile_late(r"x([0-9A-Fa-f]{2})")
_OCTAL = compile_late(r"[0-3][0-7]{0,2}|[4-7][0-7]?")
_NUMBER = compile_late(r"[1-9][0-9]*")
_CONTROL = compile_late(r"c([A-Za-z])")
_NAME = compile_late(r"k<([^>]+)>")
_GROUP = compile_late(r"\((?:\?(?::|=|!|<=|<!|i:|-i:|<(?P<name>[^\W\d][\w$]*)>))?")
# Where groups that capture begin: not in classes, not behind a backslash.
_SKIPPED = compile_late(r"\\.|\[(?:\\.|[^\]\\])*\]|\((?!\?)|\(\?<(?P<name>[^=!>][^>]*)>", re.DOTALL)
_MOST_REPEATS = 1000
_LENGTH = compile_late(
    r"(?P<start>\^?)(?P<atom>\.|\\[dDwWsS]|\[(?:\\.|[^\]\\])+\])\{(?P<least>[0-9]+),(?P<most>[0-9]*)\}(?P<end>\$?)",
    re.DOTALL,
)
_SURROGATES = range(0xD800, 0xE000)


@lru_cache(maxsize=10_000)
def translate_ecma(text: str) -> str:
    """Return the pattern for the engine; raises ValueError for what is no regular expression of ECMA 262."""
    return _Reader(text).read()


def split_length(text: str) -> tuple[str, dict[str, int]]:
    """Return a pattern that is about the length of a text, where the engine cannot count so far, as a pattern without
    it and the keywords of JSON Schema that say the length."""
    found = _LENGTH.fullmatch(text)
    if found is None or int(found["most"] or found["least"]) <= _MOST_REPEATS:
        return text, {}
    least, atom = int(found["least"]), found["atom"]
    if found["start"] and found["end"]:
        most = {"maxLength": int(found["most"])} if found["most"] else {}
        return f"^{atom}*$", {"minLength": least, **most}
    # Whatever comes before or behind is allowed anyway.
    return (f"{found['start']}{atom}{{{least}}}{found['end']}", {}) if least <= _MOST_REPEATS else (text, {})


@dataclass(slots=True)
class _Reader:
    text: str
    position: int = 0
    written: list[str] = field(default_factory=list)
    # Of the groups that capture, "" for one without a name.
    names: list[str] = field(default_factory=list)

    def read(self) -> str:
        """Return the translation."""
        self.names = [found["name"] or "" for found in _SKIPPED.finditer(self.text) if found[0][0] == "("]
        # Of the groups that have not ended, and of the last atom: where it begins in what is written.
        groups: list[int] = []
        atom: int | None = None
        while self.position < len(self.text):
            sign = self.text[self.position]
            if quantifier := _QUANTIFIER.match(self.text, self.position):
                if atom is None:
                    raise ValueError("there is nothing to repeat")
                self._repeat(self._take(quantifier), atom)
                atom = None
            elif sign == "(":
                groups.append(len(self.written))
                self._open_group()
                atom = None
            else:
                if sign == ")" and not groups:
                    raise ValueError("a group ends that has not begun")
                start = groups.pop() if sign == ")" else len(self.written)
                atom = start if sign not in "|^$" else None
                self.written.append(self._read_atom(sign))
        if groups:
            raise ValueError("a group does not end")
        return "".join(self.written)

    def _repeat(self, quantifier: str, atom: int) -> None:
        is_lazy = self.text.startswith("?", self.position)
        self.position += is_lazy
        if self.written[atom] not in ("(?=", "(?!"):
            self.written.append(quantifier + "?" * is_lazy)
        elif quantifier[:1] in "*?" or quantifier.startswith("{0"):
            del self.written[atom:]  # what looks ahead, if at all, says nothing

    def _take(self, found: re.Match[str]) -> str:
        self.position = found.end()
        return found[0]

    def _open_group(self) -> None:
        found = _GROUP.match(self.text, self.position)
        if found is None or (found[0] == "(" and self.text.startswith("?", found.end())):
            raise ValueError("a group begins in a way that ECMA 262 does not have")
        self._take(found)
        # References are by number: the engine has other names.
        self.written.append("(" if found["name"] else found[0])

    def _read_atom(self, sign: str) -> str:
        self.position += 1
        if sign == ".":
            return _ANY
        if sign == "[":
            return self._read_class()
        if sign == "\\":
            return self._read_escape()
        return sign if sign in "|^$)" else _write(sign)

    def _read_escape(self) -> str:
        rest = self.text[self.position : self.position + 1]
        if rest in ("b", "B"):
            self.position += 1
            return _BOUNDARIES[rest]
        if found := _NUMBER.match(self.text, self.position):
            if int(found[0]) <= len(self.names):
                return f"(?:\\{int(self._take(found))})"
        elif (found := _NAME.match(self.text, self.position)) and any(self.names):
            self._take(found)
            if found[1] not in self.names:
                raise ValueError(f"there is no group '{found[1]}'")
            return f"(?:\\{self.names.index(found[1]) + 1})"
        code = self._read_code()
        if isinstance(code, str):
            return f"[{code}]"
        return _NOTHING if code in _SURROGATES else _write(chr(code))

    def _read_code(self) -> int | str:
        """Read what follows a backslash: the code of a character, or what a class of several holds."""
        sign = self.text[self.position : self.position + 1]
        if not sign:
            raise ValueError("it ends with a backslash")
        if found := _PROPERTY.match(self.text, self.position):
            return "\\" + self._take(found)
        if sign.lower() in _SETS:
            self.position += 1
            # A negated one stays itself: the engine has no class within a class.
            return _SETS[sign] if sign.islower() else f"\\{sign}"
        if found := _CODE.match(self.text, self.position):
            self._take(found)
            if found[2]:
                return 0x10000 + ((int(found[2], 16) - 0xD800) << 10) + int(found[3], 16) - 0xDC00
            code = int(found[1] or found[4], 16)
            if code > 0x10FFFF:
                raise ValueError(f"{found[0]} is no character")
            return code
        for pattern, base in ((_HEX, 16), (_OCTAL, 8)):
            if found := pattern.match(self.text, self.position):
                return int(self._take(found).lstrip("x"), base)
        if found := _CONTROL.match(self.text, self.position):
            return ord(self._take(found)[1]) % 32
        if sign == "c":  # a backslash that stands for itself
            return ord("\\")
        self.position += 1
        return _CONTROLS.get(sign, ord(sign))

    def _read_class(self) -> str:
        is_negated = self.text.startswith("^", self.position)
        self.position += is_negated
        members = _join(list(self._iter_items()))
        if not members:
            return _EVERYTHING if is_negated else _NOTHING
        return f"[{'^' * is_negated}{members}]"

    def _iter_items(self) -> Iterator[int | str]:
        """Yield characters, and what classes of several hold; "-" is a hyphen that may be a range."""
        while self.position < len(self.text):
            sign = self.text[self.position]
            self.position += 1
            if sign == "]":
                return
            if sign == "-":
                yield "-"
            elif sign == "\\":
                is_backspace = self.text.startswith("b", self.position)
                self.position += is_backspace
                yield 8 if is_backspace else self._read_code()
            else:
                yield ord(sign)
        raise ValueError("a class does not end")


def _join(items: list[int | str]) -> str:
    """Return what a class holds."""
    parts: list[str] = []
    position = 0
    while position < len(items):
        first, *rest = (ord("-") if each == "-" else each for each in items[position : position + 3])
        last = rest[-1] if len(rest) == 2 and items[position + 1] == "-" else None
        # A hyphen beside what holds several is one.
        is_range = isinstance(first, int) and isinstance(last, int)
        parts.append(first if isinstance(first, str) else _write_range(first, last if isinstance(last, int) else first))
        position += 3 if is_range else 1
    return "".join(parts)


def _write_range(first: int, last: int) -> str:
    """Return members of a class; a half of a surrogate pair is no character of a text."""
    if first > last:
        raise ValueError("a range of a class is out of order")
    first = 0xE000 if first in _SURROGATES else first
    last = 0xD7FF if last in _SURROGATES else last
    if first > last:
        return ""
    return _write_member(first) + (f"-{_write_member(last)}" if first < last else "")


def _write(sign: str) -> str:
    return f"\\{sign}" if sign in _SYNTAX else _write_member(ord(sign))


def _write_member(code: int) -> str:
    sign = chr(code)
    return f"\\x{code:02x}" if code < 32 or sign in _IN_CLASS else sign
