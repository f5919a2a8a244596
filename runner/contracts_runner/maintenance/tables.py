"""Tables as aligned text and as Markdown."""

import re
from collections.abc import Sequence

Row = Sequence[str]

_GAP = "  "
# An underscore within a word is no markup.
_MARKUP = re.compile(r"[\\|*`<\[]|(?<![^\W_])_|_(?![^\W_])")


def render_columns(header: Row, rows: Sequence[Row]) -> str:
    """Return a line for the header and for each row, in columns as wide as they need to be."""
    lines = [header, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    padded = (_GAP.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "\n".join(line.rstrip() for line in padded)


def render_markdown(header: Row, rows: Sequence[Row]) -> str:
    """Return a table of GitHub Flavored Markdown."""
    lines = [header, ["---"] * len(header), *([_escape(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _escape(cell: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", " ".join(cell.split()))
