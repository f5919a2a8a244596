"""Gives an unquoted YAML scalar its JSON type."""

import math
import re

from contracts_runner.model.json import Json

_KEYWORDS: dict[str, Json] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER_START = frozenset("+-.0123456789")
# Digits with leading zeros have their own rule: for YAML 1.1 they are octal.
_ZEROS = re.compile(r"[-+]?0[0-9]+")
_RADIX = re.compile(r"0(?:o([0-7]+)|x([0-9a-fA-F]+))")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")


class ScalarError(ValueError):
    """A scalar that has no JSON value; the message says why."""


def resolve_plain(text: str, *, lenient: bool = False) -> Json:
    """Return the value of an unquoted scalar by the core schema of YAML 1.2 (§10.3.2): `yes`, `on`, times, `1_000` and
    `0b1` are texts.

    Raises ScalarError for numbers that JSON cannot hold and, unless `lenient`, for digits such as `0123`, which other
    readers take for an octal number, and authors for a text.
    """
    if text in _KEYWORDS:
        return _KEYWORDS[text]
    if text[0] not in _NUMBER_START:
        return text
    if _INTEGER.fullmatch(text):
        return _parse_integer(text, 10)
    if _ZEROS.fullmatch(text):
        number = _parse_integer(text, 10)
        if not lenient:
            raise ScalarError(f'{text} is read as the number {number}; write {number}, or "{text}" in quotes')
        return number
    if match := _RADIX.fullmatch(text):
        octal, hexadecimal = match.groups()
        return _parse_integer(octal or hexadecimal, 8 if octal else 16)
    if _NOT_FINITE.fullmatch(text):
        raise ScalarError(f"{text} is not a number of JSON")
    if _FLOAT.fullmatch(text):
        return _parse_float(text)
    return text


def describe_value(value: Json) -> str:
    """Name a value as in "is read as …": "the number 6.1", "the boolean true", "null", "text", "a list"."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "a mapping"


def _parse_integer(text: str, base: int) -> int:
    try:
        return int(text, base)
    except ValueError:
        # Python refuses to convert more than some thousand digits.
        raise ScalarError(f"a number of {len(text)} digits is too long") from None


def _parse_float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ScalarError(f"{text[:40]} is too large for a number of JSON")
    return number
