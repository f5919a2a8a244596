"""The formats of the OpenAPI format registry that can be judged and that the validator does not know.

Source: https://spec.openapis.org/registry/format/. Formats that describe no form (password, binary, html), and unknown
ones, are annotations.
"""

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from contracts_runner.late_pattern import compile_late
from contracts_runner.model.http import TOKEN
from contracts_runner.model.json import Json


class _Bounds(NamedTuple):
    low: float
    high: float
    is_whole: bool


def _whole(bits: int, *, is_signed: bool) -> _Bounds:
    return _Bounds(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, True) if is_signed else _Bounds(0, 2**bits - 1, True)


_FLOAT_MAX, _DOUBLE_MAX = 3.4028234663852886e38, 1.7976931348623157e308  # IEEE 754 binary32, binary64
_BOUNDS: Mapping[str, _Bounds] = {
    **{f"int{bits}": _whole(bits, is_signed=True) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": _whole(bits, is_signed=False) for bits in (8, 16, 32, 64)},
    "double-int": _Bounds(-(2**53) + 1, 2**53 - 1, True),
    "float": _Bounds(-_FLOAT_MAX, _FLOAT_MAX, False),
    "double": _Bounds(-_DOUBLE_MAX, _DOUBLE_MAX, False),
    "sf-integer": _Bounds(-(10**15) + 1, 10**15 - 1, True),  # RFC 8941 §3.3.1
    "sf-decimal": _Bounds(-(10**12), 10**12, False),  # RFC 8941 §3.3.2, its bounds excluded
}


def add_bounds(schema: Json) -> Json:
    """Return a translated schema with the bounds of its numeric format, as keywords of JSON Schema."""
    name = schema.get("format") if isinstance(schema, Mapping) else None
    bounds = _BOUNDS.get(name) if isinstance(name, str) else None
    if bounds is None:
        return schema
    bounded = dict(schema)
    if _is_open(schema.get("minimum"), lambda stated: stated < bounds.low):
        bounded["minimum"] = bounds.low
    if _is_open(schema.get("maximum"), lambda stated: stated > bounds.high):
        bounded["maximum"] = bounds.high
    if bounds.is_whole and schema.get("type") != "integer":
        bounded.setdefault("multipleOf", 1)
    return bounded


def _is_open(stated: Json, is_wider: Callable[[float], bool]) -> bool:
    is_number = isinstance(stated, int | float) and not isinstance(stated, bool)
    return not is_number or is_wider(stated)


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = compile_late(pattern, re.ASCII)
    return lambda text: compiled.fullmatch(text) is not None


def _is_whole_text(name: str) -> Callable[[str], bool]:
    low, high, _ = _BOUNDS[name]
    return lambda text: re.fullmatch(r"-?[0-9]{1,20}", text) is not None and low <= int(text) <= high


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _is_base64url(text: str) -> bool:
    plain = text.rstrip("=")
    is_padded = "=" not in text or len(text) % 4 == 0
    return is_padded and len(plain) % 4 != 1 and re.fullmatch(r"[A-Za-z0-9_-]*", plain) is not None


def _parses(text: str, form: str) -> bool:
    try:
        # A day of one digit, and a wrong name of the day, are taken by strptime.
        return datetime.strptime(text, form).strftime(form) == text
    except ValueError:
        return False


def _is_http_date(text: str) -> bool:
    # asctime pads the day with a blank.
    return _parses(text, _IMF_FIXDATE) or _parses(text, _RFC_850) or _parses(text.replace("  ", " 0"), _ASCTIME)


def _is_local_time(text: str) -> bool:
    match = re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)(\.[0-9]+)?", text, re.ASCII)
    return match is not None


def _is_local_date_time(text: str) -> bool:
    date, separator, time = text[:10], text[10:11], text[11:]
    return separator in ("T", "t") and _parses(date, "%Y-%m-%d") and _is_local_time(time)


def _is_decimal128(text: str) -> bool:
    if text in ("NaN", "INF", "-INF"):
        return True
    digits = re.split("[eE]", text)[0].replace(".", "").lstrip("+-0")
    return _DECIMAL(text) and len(digits) <= 34


# RFC 9110 §5.6.7
_IMF_FIXDATE, _RFC_850, _ASCTIME = "%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y"
_DECIMAL = _matches(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")

# Format -> whether a text has it; those of JSON Schema itself are the validator's.
TEXT_FORMATS: dict[str, Callable[[str], bool]] = {
    "byte": _is_base64,
    "base64url": _is_base64url,
    "char": lambda text: len(text) == 1,
    "int64": _is_whole_text("int64"),
    "uint64": _is_whole_text("uint64"),
    "decimal": _DECIMAL,
    "decimal128": _is_decimal128,
    "date-time-local": _is_local_date_time,
    "time-local": _is_local_time,
    "imf-fixdate": lambda text: _parses(text, _IMF_FIXDATE),
    "http-date": _is_http_date,
    "media-range": _matches(rf"(\*/\*|(?!\*){TOKEN}/{TOKEN})(\s*;\s*{TOKEN}=({TOKEN}|\"[^\"]*\"))*"),
    "sf-binary": lambda text: len(text) > 1 and text[0] == text[-1] == ":" and _is_base64(text[1:-1]),
    "sf-boolean": _matches(r"\?[01]"),
    "sf-decimal": _matches(r"-?[0-9]{1,12}\.[0-9]{1,3}"),
    "sf-integer": _matches(r"-?[0-9]{1,15}"),
    "sf-string": _matches(r'"([\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"'),
    "sf-token": _matches(r"[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*"),
}
