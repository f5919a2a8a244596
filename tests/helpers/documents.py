"""What a Markdown page has in fences: files, pieces of files, commands, what they print."""

import re
from dataclasses import dataclass
from pathlib import Path

# What a fence of YAML is a piece of.
PIECES = ("contracts.yaml", "contract-file", "contract", "scenario", "warehouse")
_FENCED = re.compile(r"^```([\w{}]+)(?: ([^\n]*))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, what stands behind that, and its text."""

    language: str
    about: str
    text: str


def parse_blocks(text: str) -> list[Block]:
    """Return the blocks in their order; what only the site reads is none."""
    blocks = [Block(*found) for found in _FENCED.findall(text)]
    assert text.count("```") == 2 * len(blocks)
    return [block for block in blocks if block.language != "{toctree}"]


def read_blocks(path: Path) -> list[Block]:
    return parse_blocks(path.read_text(encoding="utf-8"))
