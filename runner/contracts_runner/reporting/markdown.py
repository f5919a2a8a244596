"""Escapes text for Markdown (CommonMark with GitHub's tables): what goes in is what a reader sees, on one line."""

import re

from contracts_runner.reporting.text import flatten

# An underscore inside a word cannot begin emphasis, and identifiers are full of them: they stay readable.
_ACTIVE = re.compile(r"[\\`*\[\]|~$!#]|(?<![^\W_])_|_(?![^\W_])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# What opens a list or rule at the beginning of a line; a digit cannot be escaped, the mark after it can.
_OPENING = re.compile(r"^(\d*)([+\-=.)])")


def escape_markdown(text: object) -> str:
    """Return the text for a table cell or the middle of a line: it has no newline and no active character."""
    escaped = _ACTIVE.sub(lambda match: "\\" + match.group(), flatten(str(text)))
    return re.sub("[&<>]", lambda match: _ENTITIES[match.group()], escaped)


def escape_markdown_line(text: object) -> str:
    """Return the text for the beginning of a line or list item."""
    return _OPENING.sub(r"\1\\\2", escape_markdown(text))
