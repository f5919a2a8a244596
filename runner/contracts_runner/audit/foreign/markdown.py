"""Reads what counts in a Markdown document: tables, headings, list items and lines, each with its place.

A text that was decoded wrongly can be repaired before: "‚úÖ" and "âœ…" are both a tick of three bytes.
"""

import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import field

from contracts_runner.dataclass import dataclass

_RULE = re.compile(r":?-+:?")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_FOREIGN = re.compile(r"[^\x00-\x7f]+")
_ENCODINGS = ("mac_roman", "cp1252", "latin-1")


@dataclass(frozen=True, slots=True)
class TableRow:
    """The cells of a row by column; `line` is its place in the file."""

    line: int
    cells: Mapping[str, str]
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportTable:
    """`header` are its columns, `title` the heading above it, `line` that of the header."""

    file: str
    line: int
    title: str
    header: tuple[str, ...]
    rows: tuple[TableRow, ...]


@dataclass(slots=True)
class MarkdownDocument:
    """`lines` are (number, text) outside of tables, as written; `tables` in their order."""

    tables: list[ReportTable] = field(default_factory=list)
    lines: list[tuple[int, str]] = field(default_factory=list)


def read_markdown(text: str, file: str) -> MarkdownDocument:
    document = MarkdownDocument()
    title = ""
    block: list[tuple[int, list[str]]] = []
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if line.lstrip().startswith("|"):
            block.append((number, split_cells(line)))
            continue
        if len(block) > 1 and all(_RULE.fullmatch(cell) for cell in block[1][1]):
            document.tables.append(build_table(file, title, block[0], block[2:]))
        block = []
        if line.startswith("#"):
            title = unescape(line.lstrip("#").strip())
        document.lines.append((number, line.rstrip("\r")))
    return document


def split_cells(line: str) -> list[str]:
    """Return the cells of a table's row, without markup characters."""
    cells, cell, is_escaped = [], "", False
    for character in line.strip().removeprefix("|"):
        if character == "|" and not is_escaped:
            cells.append(cell)
            cell = ""
        else:
            cell += character
        is_escaped = character == "\\" and not is_escaped
    if cell.strip():
        cells.append(cell)
    return [unescape(text.strip()) for text in cells]


def unescape(text: str) -> str:
    """Return what a reader sees: without backslashes before marks, with the characters of entities."""
    return html.unescape(_ESCAPE.sub(r"\1", text))


def build_table(
    file: str, title: str, header: tuple[int, Sequence[str]], rows: Sequence[tuple[int, Sequence[str]]]
) -> ReportTable:
    """Return the table of a header and rows, each with its line; a row that is too short ends in empty cells."""
    line, names = header
    built = []
    for at, texts in rows:
        padded = [*texts, *[""] * (len(names) - len(texts))]
        built.append(TableRow(at, dict(zip(names, padded, strict=False)), tuple(texts)))
    return ReportTable(file, line, title, tuple(names), tuple(built))


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
