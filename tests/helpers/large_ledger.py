"""A ledger whose answers are most of it, and what is kept of it."""

import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from contracts_runner.evidence.ledger import Ledger
from contracts_runner.results.events import Event
from helpers.ledger_builder import LedgerBuilder, make_step_row

STEPS, BODY = 50, 10_000
T = TypeVar("T")


def write_large_ledger(folder: Path) -> None:
    builder = LedgerBuilder(options={})
    for number in range(STEPS):
        builder.add_step("1.1", make_step_row(), body=f"{number:0{BODY}}")
    with Ledger(folder / "ledger.jsonl", lambda: datetime.now(UTC)) as ledger:
        for line in builder.lines:
            assert isinstance(line.event, Event)
            ledger.append(line.event)


def measure_kept(read: Callable[[], T]) -> tuple[T, int]:
    """What was read, and how many bytes that takes."""
    read()  # what is built once
    tracemalloc.start()
    try:
        return read(), tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
