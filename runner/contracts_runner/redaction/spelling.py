"""The spellings that one value can have in a text: folded case, and JSON, percent and HTML escapes undone."""

import re
from urllib.parse import unquote_to_bytes

from contracts_runner.late_pattern import compile_late

_ESCAPES = re.compile(r"[%&\\]")
# Each begins with a literal: such an expression is searched for many times as fast. For the same reason no `(?:…)+`.
_UNICODE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|u\{0{0,3}([0-9a-fA-F]{1,5})\}|U000([0-9a-fA-F]{5}))")
_PERCENT_UNICODE = re.compile(r"%u([0-9a-fA-F]{4})")
_BYTES = re.compile(r"\\(?:x[0-9a-fA-F]{2}|[0-3][0-7]{2})(?:\\x[0-9a-fA-F]{2}|\\[0-3][0-7]{2})*")
_CONTROL = re.compile(r"\\[bfnrtv]")
_PUNCTUATION = re.compile(r"\\([^\w\s\\]|_)")
_PERCENT = re.compile(r"%[0-9a-fA-F]{2}(?:%[0-9a-fA-F]{2})*")
_ENTITY = compile_late(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_LINE_ENDS = compile_late(r"[\n\r]")
_SURROGATES = compile_late(r"[\ud800-\udfff]")
_ROUNDS = 4
# What reports are full of; replacing them is many times as fast as matching. `&amp;` last: it escapes the others.
_COMMON_ENTITIES = (("&#34;", '"'), ("&quot;", '"'), ("&#39;", "'"), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def fold(text: str) -> str:
    """Lower the case of every character and keep the length, so that positions stay true."""
    # The one character of Unicode whose lower case is longer; a test looks at all of them.
    return (text if text.isascii() else text.replace("\u0130", "i")).lower()


def unescape(text: str) -> str:
    r"""Undo `\uXXXX`, `\u{X}`, `\xXX`, `\ooo`, `\/`, `\"`, Markdown's backslashes, `%XX`, `%uXXXX` and HTML's
    references, also in each other. Bytes that are not UTF-8 are read as Latin-1.

    Line ends are neither made nor lost: an escaped one becomes a space. The result serves for looking, not for showing:
    a text that only looks escaped is changed too. Returns the text itself when nothing in it is escaped.
    """
    for _ in range(_ROUNDS):
        if not _ESCAPES.search(text):
            break
        before = text
        if "\\" in text:
            text = _undo_backslashes(text)
        if "%" in text:
            text = _PERCENT.sub(_decode_percent, _PERCENT_UNICODE.sub(_decode_unicode, text))
        if "&" in text:
            for entity, character in _COMMON_ENTITIES:
                text = text.replace(entity, character)
            text = _ENTITY.sub(_undo_entity, text)
        if text == before:
            break
    return join_surrogates(text)


def _undo_entity(match: re.Match[str]) -> str:
    from html import unescape as undo  # a table of two thousand names

    return _in_line(undo(match[0]))


def join_surrogates(text: str) -> str:
    """Join the pairs of surrogates, and replace single ones by U+FFFD, so that the text can be encoded."""
    try:
        text.encode("utf-8")  # many times as fast as a search
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def replace_surrogates(text: str) -> str:
    """Replace every surrogate by U+FFFD, one for one, so that the text can be encoded and positions stay true."""
    if text.isascii():
        return text
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return _SURROGATES.sub("\ufffd", text)
    return text


def _undo_backslashes(text: str) -> str:
    # JSON in JSON doubles them with every level. Quotes and slashes first: they are most, and replace is fast.
    while "\\\\" in text:
        text = text.replace("\\\\", "\\")
    text = text.replace('\\"', '"').replace("\\/", "/")
    if "\\" not in text:
        return text
    text = _BYTES.sub(_decode_bytes, _UNICODE.sub(_decode_unicode, text))
    return _PUNCTUATION.sub(r"\1", _CONTROL.sub(" ", text))


def _decode_unicode(match: re.Match[str]) -> str:
    return _in_line(chr(int(match[match.lastindex or 0], 16)))


def _decode_bytes(match: re.Match[str]) -> str:
    codes = match[0].split("\\")[1:]
    return read_bytes(bytes(int(code[1:], 16) if code[0] == "x" else int(code, 8) for code in codes))


def _decode_percent(match: re.Match[str]) -> str:
    return read_bytes(unquote_to_bytes(match[0]))


def read_bytes(raw: bytes) -> str:
    """Return what bytes of a text say that were written one by one: UTF-8, else Latin-1."""
    try:
        return _in_line(raw.decode("utf-8"))
    except UnicodeDecodeError:
        return _in_line(raw.decode("latin-1"))


def _in_line(text: str) -> str:
    return _LINE_ENDS.sub(" ", text)
