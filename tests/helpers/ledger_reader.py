"""Reads a ledger without the code that wrote it."""

import hashlib
import json
from pathlib import Path
from typing import Any


def read_lines(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of a run's ledger."""
    return [json.loads(line) for line in (folder / "ledger.jsonl").read_bytes().splitlines()]


def check_chain(path: Path) -> int:
    """Return the number of lines after checking `seq` and `prev` of each."""
    previous = "0" * 64
    lines = path.read_bytes().split(b"\n")[:-1]
    for number, line in enumerate(lines, start=1):
        event = json.loads(line)
        assert (event["seq"], event["prev"]) == (number, previous)
        previous = hashlib.sha256(line).hexdigest()
    return len(lines)
