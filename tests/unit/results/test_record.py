"""What is kept of a ledger's lines."""

from pathlib import Path

import pytest

from contracts_runner.evidence.ledger import LedgerLines
from contracts_runner.results.events import PageFetched, PropertyExchange
from contracts_runner.results.record import read_record
from contracts_runner.results.rows import ExchangeRow
from helpers.large_ledger import BODY, STEPS, measure_kept, write_large_ledger
from helpers.ledger_builder import LedgerBuilder, make_exchange_row, make_step_row


@pytest.fixture
def lines(tmp_path: Path) -> LedgerLines:
    write_large_ledger(tmp_path)
    return LedgerLines(tmp_path / "ledger.jsonl")


def test_no_exchange_is_kept(lines: LedgerLines) -> None:
    record, kept = measure_kept(lambda: read_record(lines))

    assert len(record.steps["1.1"]) == STEPS
    assert kept < STEPS * BODY / 2


def test_the_exchange_of_a_step_is_read_when_it_is_shown(lines: LedgerLines) -> None:
    record = read_record(lines)

    assert record.exchange("1.1", 7) == make_exchange_row(make_step_row(), body=f"{6:0{BODY}}")
    assert [type(record.exchange("1.1", number)) for number in (1, STEPS)] == [ExchangeRow] * 2
    assert record.exchange("1.1", STEPS + 1) is record.exchange("1.2", 1) is None


def test_the_exchanges_of_pages_and_of_generated_requests_are_read_when_they_are_shown() -> None:
    exchange = make_exchange_row(make_step_row(), body="x" * BODY)
    page = PageFetched(operation="listOrders", number=1, exchange=exchange, artifact="artifacts/warehouse/1.json")
    kept = PropertyExchange(operation="addTicket", case="1", exchange=exchange, artifact="artifacts/properties/1.json")
    record = read_record(LedgerBuilder().add(page, kept).finish())

    held = [record.pages[page.artifact].exchange, record.property_exchanges[kept.artifact].exchange]
    assert [(each.request.url, each.response and each.response.body) for each in held] == [
        (exchange.request.url, None)
    ] * 2
    assert [record.kept_exchange(each.artifact) for each in (page, kept)] == [exchange, exchange]
    assert record.kept_exchange("artifacts/other.json") is None
