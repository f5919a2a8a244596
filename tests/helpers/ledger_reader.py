"""Reads a ledger without the code that wrote it."""

import hashlib
import json
from pathlib import Path
from typing import Any


def read_lines(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of a run's ledger."""
    return [json.loads(line) for line in (folder / "ledger.jsonl").read_bytes().splitlines()]


def list_runs(runs: Path) -> list[Path]:
    """Return the folders of runs in the order in which these began: names have whole seconds, and several may begin
    within one."""
    return sorted((path for path in runs.iterdir() if path.is_dir()), key=_find_beginning)


def _find_beginning(run: Path) -> str:
    with (run / "ledger.jsonl").open(encoding="utf-8") as ledger:
        return str(json.loads(ledger.readline())["at"])


def check_chain(path: Path) -> int:
    """Return the number of lines after checking `seq` and `prev` of each."""
    previous = "0" * 64
    lines = path.read_bytes().split(b"\n")[:-1]
    for number, line in enumerate(lines, start=1):
        event = json.loads(line)
        assert (event["seq"], event["prev"]) == (number, previous)
        previous = hashlib.sha256(line).hexdigest()
    return len(lines)
