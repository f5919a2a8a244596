"""What is kept of a ledger's lines."""

import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts_runner.evidence.ledger import Ledger, LedgerLines
from contracts_runner.results.record import read_record
from contracts_runner.results.rows import ExchangeRow
from helpers.ledger_builder import LedgerBuilder, make_exchange_row, make_step_row

STEPS, BODY = 50, 10_000


@pytest.fixture
def lines(tmp_path: Path) -> LedgerLines:
    """A ledger whose answers are most of it."""
    builder = LedgerBuilder()
    for number in range(STEPS):
        builder.add_step("1.1", make_step_row(), body=f"{number:0{BODY}}")
    with Ledger(tmp_path / "ledger.jsonl", lambda: datetime.now(UTC)) as ledger:
        for line in builder.finish():
            ledger.append(line.event)  # type: ignore[arg-type]  # none is of an unknown type
    return LedgerLines(tmp_path / "ledger.jsonl")


def test_no_exchange_is_kept(lines: LedgerLines) -> None:
    read_record(lines)  # what is built once

    tracemalloc.start()
    try:
        record = read_record(lines)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(record.steps["1.1"]) == STEPS
    assert kept < STEPS * BODY / 2


def test_the_exchange_of_a_step_is_read_when_it_is_shown(lines: LedgerLines) -> None:
    record = read_record(lines)

    assert record.exchange("1.1", 7) == make_exchange_row(make_step_row(), body=f"{6:0{BODY}}")
    assert [type(record.exchange("1.1", number)) for number in (1, STEPS)] == [ExchangeRow] * 2
    assert record.exchange("1.1", STEPS + 1) is record.exchange("1.2", 1) is None
