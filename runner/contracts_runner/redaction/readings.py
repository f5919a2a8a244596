"""Every spelling in which a text may hold a value: the one table of the redactor and of the search for leaks.

A *reading* is the whole text as another program would read it: with its escapes undone, or its bytes in another
character set than the one in which they were read. A *code* is a run of letters that stands for another text: base64,
base32, hexadecimal, and these in each other. Both cost linear time: all runs of a text are decoded together, at each
position at which the encoded text of a longer one may begin, and only what holds something is looked at run by run.
"""

import binascii
import codecs
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from typing import TypeVar

from contracts_runner.dataclass import dataclass
from contracts_runner.redaction.spelling import read_bytes, unescape

_Found = TypeVar("_Found")
# What is found in a text, or None.
Look = Callable[[str], _Found | None]
_MINIMUM_BYTES = 6
_DEPTH = 1  # codes in codes: base64 of base64


def _decode_byte(byte: int, charset: str) -> str:
    """Return what a byte is in a single-byte character set; undefined ones as browsers read them."""
    try:
        return bytes([byte]).decode(charset)
    except UnicodeDecodeError:
        return chr(byte)


# Read as, what it may be. Only what its bytes in `latin-1` show at once is looked for in single-byte sets.
_MISREAD = (
    *(("latin-1", charset) for charset in ("utf-8", "cp1251", "koi8-r")),
    *((read_as, "utf-8") for read_as in ("cp1252", "cp1251", "koi8-r")),
)


@dataclass(frozen=True, slots=True)
class _Undo:
    """How a text is read otherwise where it has a `sign`, which a `hint` among its rare letters precedes.
    `is_by_line` tells that each line is read for itself."""

    sign: re.Pattern[str]
    read: Callable[[str], str]
    hint: re.Pattern[str] | None = None
    is_by_line: bool = True


def _build_rereading(read_as: str, charset: str) -> _Undo:
    letters = "".join(_decode_byte(byte, read_as) for byte in range(256))
    table = codecs.charmap_build(letters)

    def reread(text: str) -> str:
        raw, _ = codecs.charmap_encode(text, "replace", table)
        return raw.decode(charset, "replace")

    def reread_wide(text: str) -> str:
        raw, _ = codecs.charmap_encode(text, "replace", table)
        # Big-endian is little-endian one byte later.
        return "\0".join(each.decode(charset, "replace") for each in (raw, raw[1:] + b"\0"))

    if charset.startswith("utf-16"):
        # Two letters: one NUL is what separates texts.
        sign = re.compile("[\0\4](?<=[^\0][\0\4])(?=[^\0][\0\4])")
        return _Undo(sign, reread_wide, hint=re.compile("[\0\4]"), is_by_line=False)
    if charset == "utf-8":
        sign = re.compile(f"[{re.escape(letters[0xC2:0xF5])}][{re.escape(letters[0x80:0xC0])}]")
    else:
        sign = re.compile(f"[{letters[0x80:]}]")
    return _Undo(sign, reread, hint=sign)


def _build_narrow(charset: str) -> _Undo:
    """Return how text is undone of which two bytes were taken for a letter of UTF-16: a service says what its charset
    is, and may say so of any bytes."""

    def reread(text: str) -> str:
        return text.encode(charset, "surrogatepass").decode("utf-8", "replace")

    # Most of what is read so is letters of ASCII, two in each: from U+2020 to U+FFFF, by what else there is, since a
    # class of many characters is compiled for milliseconds.
    wide = "[^\0-\u201f\ud800-\udfff\U00010000-\U0010ffff]"
    return _Undo(re.compile(f"{wide}{{3}}"), reread, hint=re.compile(wide))


# Expressions that begin with a literal are searched for many times as fast: no `(?:…)+`, no lookbehind before it.
_QUOTED = re.compile(r"=[0-9A-F]{2}(?:=[0-9A-F]{2})*")
_SOFT_BREAK = re.compile(r"=\r?\n")
# Not the offset of a time: most texts of ours have no other sign.
_PLUS = re.compile(r"\+(?<!:[0-5][0-9]\+)(?<!\.[0-9]{3}\+)(?<!\.[0-9]{6}\+)(?=\S)")


def _undo_quoted_printable(text: str) -> str:
    return _QUOTED.sub(lambda match: read_bytes(bytes.fromhex(match[0].replace("=", ""))), _SOFT_BREAK.sub("", text))


def _undo_plus(text: str) -> str:
    return text.replace("+", " ")  # forms write blanks so


# Of these alone a text of ASCII may have the sign.
_ASCII_UNDOS = (
    _build_rereading("latin-1", "utf-16-le"),
    _Undo(_QUOTED, _undo_quoted_printable, is_by_line=False),
    _Undo(_PLUS, _undo_plus),
)


@cache
def _build_undos() -> tuple[_Undo, ...]:
    return (
        *(_build_rereading(*pair) for pair in _MISREAD),
        *map(_build_narrow, ("utf-16-le", "utf-16-be")),
        *_ASCII_UNDOS,
    )


# All but the blanks that separate words.
_COMMON = bytes(byte for byte in range(0x80) if byte not in b" \n\0\4")


def _iter_undos(text: str) -> Iterator[_Undo]:
    """Yield how a text may be read otherwise."""
    # Few letters of most texts are not ASCII, and a search through these alone is many times as fast.
    rare = text.encode("utf-8", "replace").translate(None, _COMMON).decode("utf-8")
    for undo in _ASCII_UNDOS if text.isascii() else _build_undos():
        if (undo.hint is None or undo.hint.search(rare)) and undo.sign.search(text):
            yield undo


def is_long_enough(value: str) -> bool:
    """Tell whether a value does not occur by chance in what random bytes decode to."""
    return len(value.encode("utf-8", "replace")) >= _MINIMUM_BYTES


def iter_other_readings(text: str) -> Iterator[str]:
    """Yield every different text that a text is in another reading."""
    plain = unescape(text)
    if plain != text:
        yield plain
    for base in dict.fromkeys((text, plain)):
        for undo in _iter_undos(base):
            other = undo.read(base)
            if other != base:
                yield other


def iter_differences(text: str, plain: str, separator: str) -> Iterator[str]:
    """Yield the same readings, of each only the pieces between separators that may say something else than what they
    are a reading of; `plain` is the text without its escapes. The number of separators stays, where a reading keeps
    it."""
    if plain != text:
        yield _take_differences(text, plain, separator)
    for base in dict.fromkeys((text, plain)):
        for undo in _iter_undos(base):
            if undo.is_by_line:
                yield undo.read(_take_pieces(base, undo.sign, separator))
            else:
                yield _take_differences(base, undo.read(base), separator)


def _take_differences(base: str, reading: str, separator: str) -> str:
    before, after = base.split(separator), reading.split(separator)
    if len(before) != len(after):
        return reading
    return separator.join("" if old == new else new for old, new in zip(before, after, strict=True))


def _take_pieces(text: str, sign: re.Pattern[str], separator: str) -> str:
    """Return the pieces that have a sign, and of the others their separators."""
    parts, end = [], 0
    for match in sign.finditer(text):
        if match.start() >= end:
            start = text.rfind(separator, end, match.start()) + 1 or end
            parts.append(separator * text.count(separator, end, start))
            end = text.find(separator, match.end())
            end = len(text) if end < 0 else end
            parts.append(text[start:end])
    return "".join([*parts, separator * text.count(separator, end)])


@dataclass(frozen=True, slots=True)
class Code:
    """`run` matches an encoded text in a longer text; `decode` takes runs, one a line, and yields the bytes for each
    position at which what they encode may begin."""

    run: re.Pattern[str]
    decode: Callable[[str], Iterator[bytes]]


_BASE64 = bytes.maketrans(b"-_", b"+/")
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_BASE32 = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789abcdefghijklmnopqrstuv")
_LETTERS = "[A-Za-z0-9+/_-]"


def _decode_base64(runs: str) -> Iterator[bytes]:
    raw = _NO_BASE64.sub(b"A", runs.encode("ascii").translate(_BASE64))
    for skipped in range(4):
        yield binascii.a2b_base64(_fill(raw[skipped:], 4, b"A"))


def _decode_base32(runs: str) -> Iterator[bytes]:
    # As one number: its bits begin a byte at eight positions, whichever letters are before.
    digits = runs.replace("\n", "A").translate(_BASE32)
    number, size = int(digits, 32), len(digits) * 5 // 8 + 2
    for skipped in range(8):
        yield (number << skipped).to_bytes(size, "big")


def _decode_hexadecimal(runs: str) -> Iterator[bytes]:
    raw = runs.encode("ascii").replace(b"\n", b"0")
    for skipped in range(2):
        yield binascii.a2b_hex(_fill(raw[skipped:], 2, b"0"))


def _fill(raw: bytes, size: int, filler: bytes) -> bytes:
    return raw + filler * (-len(raw) % size)


CODES = (
    # Mail and certificates break it into lines of 64 or 76 letters.
    Code(re.compile(rf"{_LETTERS}{{8,}}(?:(?<={_LETTERS}{{60}})\s{{1,2}}{_LETTERS}+)*={{0,2}}"), _decode_base64),
    Code(re.compile(r"[A-Z2-7]{10,}"), _decode_base32),
    Code(re.compile(r"[0-9a-fA-F]{12,}"), _decode_hexadecimal),
)
# Of decoded bytes, what may be text in a character set: nearly nothing of what was none. Bytes that are not UTF-8 are
# half surrogates.
_UTF_8 = re.compile("[^\0-\x1f\x7f\udc80-\udcff]{5,}")
_UTF_16_SIGN = re.compile(rb"[\0\4].[\0\4].[\0\4].[\0\4]", re.DOTALL)
_UTF_16 = ((re.compile(rb"(?:[^\0][\0\4]){4,}"), "utf-16-le"), (re.compile(rb"(?:[\0\4][^\0]){4,}"), "utf-16-be"))


def find_encoded(
    text: str, look: Look[_Found], depth: int = _DEPTH, clean: set[str] | None = None
) -> Iterator[tuple[int, int, _Found]]:
    """Yield (start, end, what was found) of each run of a text that encodes something in which `look` finds something.

    The whole run: its other letters hold parts of the value too. `clean` are runs in which `look` found nothing before;
    those of a text without any are added.
    """
    # The letters of base64 are those of all codes: the others are looked for in its runs only.
    all_runs = dict.fromkeys(CODES[0].run.findall(text))
    if clean is not None:
        all_runs = {run: None for run in all_runs if run not in clean}
    is_clean = True
    letters = "\n".join(all_runs)
    for code in CODES:
        runs = all_runs if code is CODES[0] else dict.fromkeys(code.run.findall(letters))
        held = dict(_narrow([*runs], partial(_look_into, code, look, depth)))
        if held:
            is_clean = False
            spans = ((*match.span(), held.get(match[0])) for match in code.run.finditer(text))
            yield from ((start, end, found) for start, end, found in spans if found is not None)
    if is_clean and clean is not None:
        clean.update(all_runs)


def _narrow(runs: Sequence[str], look: Callable[[Sequence[str]], _Found | None]) -> Iterator[tuple[str, _Found]]:
    """Yield (run, what was found) of each run that holds something: halves are looked at only where the whole does."""
    found = look(runs) if runs else None
    if found is None:
        return
    if len(runs) == 1:
        yield runs[0], found
        return
    middle = len(runs) // 2
    yield from _narrow(runs[:middle], look)
    yield from _narrow(runs[middle:], look)


def _look_into(code: Code, look: Look[_Found], depth: int, runs: Sequence[str]) -> _Found | None:
    joined = "\n".join("".join(run.split()).rstrip("=") for run in runs)
    for raw in code.decode(joined):
        for decoded in _iter_texts(raw):
            plain = unescape(decoded)
            found = look(decoded)
            if found is None and plain != decoded:
                found = look(plain)
            if found is None and depth:
                found = next((inner for _, _, inner in find_encoded(plain, look, depth - 1)), None)
            if found is not None:
                return found
    return None


def _iter_texts(raw: bytes) -> Iterator[str]:
    if pieces := _UTF_8.findall(raw.decode("utf-8", "surrogateescape")):
        yield "\0".join(pieces)
    for pattern, charset in _UTF_16 if _UTF_16_SIGN.search(raw) else ():
        if found := pattern.findall(raw):
            yield "\0".join(piece.decode(charset, "replace") for piece in found)
