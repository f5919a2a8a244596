"""Checks that are packed are the same rows."""

from typing import Any

import pytest
from msgspec import structs

from contracts_runner.model.outcome import Outcome
from contracts_runner.results import record
from contracts_runner.results.lines import as_json, encode_row
from contracts_runner.results.packed_checks import PackedChecks, pack_checks
from contracts_runner.results.record import read_record
from contracts_runner.results.rows import CheckRow
from helpers.ledger_builder import LedgerBuilder, fold, make_check_row, make_step_row

VALUES: dict[str, Any] = {
    "text": "ключ \x00\u2028",
    "numbers": [0, -1, 1.0, -0.0, 1e300, 2**63, 2**70],
    "nothing": None,
    "object": {"a": [True, {"b": None}]},
}
# What JSON has not.
ODD: dict[str, Any] = {"endless": float("inf"), "surrogate": "\ud800", "key": {"\udfff": 1}}


def make_checks(actual: object) -> list[CheckRow]:
    return [CheckRow(check="body", outcome=Outcome.PASSED, actual=actual, message="м"), make_check_row()]


@pytest.mark.parametrize("name", sorted(VALUES))
def test_rows_are_packed_without_a_loss(name: str) -> None:
    checks = make_checks(VALUES[name])

    packed = pack_checks(checks)

    assert isinstance(packed, PackedChecks)
    assert repr(list(packed)) == repr(checks)
    assert (len(packed), packed[1], packed[-2:]) == (2, checks[1], checks)


@pytest.mark.parametrize("name", sorted(ODD))
def test_rows_that_would_lose_something_are_kept(name: str) -> None:
    checks = make_checks(ODD[name])

    assert pack_checks(checks) is checks


def test_a_long_ledger_gives_the_same_results(monkeypatch: pytest.MonkeyPatch) -> None:
    builder = LedgerBuilder(["1.1", "1.2"])
    builder.add_scenario("1.1", make_step_row(), make_step_row(checks=make_checks("я")))
    lines = builder.add_scenario("1.2", make_step_row("failed")).finish()
    expected = fold(lines)

    monkeypatch.setattr(record, "_MOST_OPEN", 0)

    kept = [[step.step.checks for step in steps.values()] for steps in read_record(lines).steps.values()]
    assert [[type(checks) for checks in each] for each in kept] == [[PackedChecks] * 2, [list]]
    assert fold(lines) == expected


def test_a_step_with_packed_checks_is_written_like_any_other() -> None:
    step = make_step_row(checks=make_checks(1))
    packed = structs.replace(step, checks=pack_checks(step.checks))

    assert as_json(packed) == as_json(step)
    assert encode_row(packed) == encode_row(step)
