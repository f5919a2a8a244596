"""What commands print: tables as aligned text and as Markdown, and annotations of GitHub Actions."""

import os
import re
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

Row = Sequence[str]


class OutputFormat(StrEnum):
    """`--format` of `check`, `audit`, `doctor` and others."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


class ListFormat(StrEnum):
    """`--format` of `list` and `impact`."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    GITHUB = "github"


class Level(StrEnum):
    """What GitHub shows an annotation as."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


# An underscore within a word is not markup.
_MARKUP = re.compile(r"[\\|*`<\[]|(?<![^\W_])_|_(?![^\W_])")
# https://docs.github.com/actions: workflow commands; the escapes are those of the toolkit's `@actions/core`.
_MESSAGE = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = {**_MESSAGE, **str.maketrans({":": "%3A", ",": "%2C"})}


def render_columns(header: Row, rows: Sequence[Row]) -> str:
    """Return a line for the header and for each row, in columns as wide as they need to be."""
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "\n".join(line.rstrip() for line in padded)


def render_markdown(header: Row, rows: Sequence[Row]) -> str:
    """Return a table of GitHub Flavored Markdown."""
    lines = [header, ["---"] * len(header), *([_escape(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _escape(cell: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", " ".join(cell.split()))


def render_annotation(level: Level, message: str, *, title: str, file: str | None = None, line: int = 1) -> str:
    """Return a workflow command: a line of a log that annotates a line of `file`, or nothing in particular."""
    properties = {**({"file": file, "line": str(line)} if file is not None else {}), "title": title}
    named = ",".join(f"{name}={value.translate(_PROPERTY)}" for name, value in properties.items())
    return f"::{level} {named}::{message.translate(_MESSAGE)}"


def find_repository() -> Path:
    """Return the folder that annotations of files are relative to: that of the workflow, else the current one."""
    return Path(os.environ.get("GITHUB_WORKSPACE") or Path.cwd()).resolve()
