"""Undoes what a wrong decoding did to a text: "‚úÖ" and "âœ…" are both a tick of three bytes."""

import re

_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_ENCODINGS = ("mac_roman", "cp1252", "latin-1")


def repair_text(text: str) -> str:
    """Return the text with every run of characters that is UTF-8, read as an 8-bit encoding, put right."""
    return _FOREIGN.sub(lambda match: _repair(match.group()), text)


def _repair(run: str) -> str:
    for encoding in _ENCODINGS:
        try:
            return _encode(run, encoding).decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            continue
    return run


def _encode(run: str, encoding: str) -> bytes:
    if encoding != "cp1252":
        return run.encode(encoding)
    # Windows leaves the five bytes that its code page lacks as they are.
    return b"".join(
        bytes([ord(character)]) if 0x80 <= ord(character) <= 0x9F else character.encode(encoding) for character in run
    )
