"""Reads a ledger at once."""

from pathlib import Path
from typing import NamedTuple

from contracts_runner.evidence.ledger import LedgerLines
from contracts_runner.results.lines import Line


class LedgerReading(NamedTuple):
    """The lines up to the last whole and valid one, and what LedgerLines says then."""

    lines: list[Line]
    problem: str
    head: str


def read_ledger(path: Path) -> LedgerReading:
    lines = LedgerLines(path)
    return LedgerReading(list(lines), lines.problem, lines.head)
