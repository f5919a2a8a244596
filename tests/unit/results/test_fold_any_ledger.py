"""The fold, for any ledger: totals are counts of rows, and results.json has its schema."""

import copy
import json
from collections import Counter
from importlib.resources import files

import jsonschema_rs
import pytest
from hypothesis import given

from contracts_runner.results.events import RequestSent
from helpers.ledger_builder import LedgerBuilder, Line, fold, make_step_row
from helpers.sample_ledgers import bounded, ledgers
from helpers.sample_run import build_sample_run

SCHEMA = json.loads(files("contracts_runner").joinpath("schema/results.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True)


@bounded
@given(ledgers())
def test_totals_are_the_counts_of_the_rows(lines: list[Line]) -> None:
    results = fold(lines)

    for phase, rows in (("scenarios", results["scenarios"]), ("warehouse", results["warehouse"]["checks"])):
        totals = dict(results["totals"][phase])
        assert totals.pop("total") == len(rows) == sum(totals.values())
        assert +Counter(totals) == Counter(row["outcome"] for row in rows)


@bounded
@given(ledgers())
def test_every_selected_scenario_has_a_row_or_never_started(lines: list[Line]) -> None:
    results = fold(lines)

    assert len(results["scenarios"]) + len(results["not_started"]) == results["selected"]


@bounded
@given(ledgers())
def test_requests_are_the_lines_of_requests(lines: list[Line]) -> None:
    sent = [line.event for line in lines if isinstance(line.event, RequestSent)]

    totals = fold(lines)["totals"]

    assert totals["requests_sent"] == len(sent)
    assert totals["writes_sent"] == sum(event.is_write for event in sent)


@bounded
@given(ledgers())
def test_results_match_their_schema(lines: list[Line]) -> None:
    # Half surrogates are no text to the validator; the file has them escaped.
    results = json.loads(json.dumps(fold(lines), ensure_ascii=False).encode("utf-8", "replace"))

    assert [error.message for error in VALIDATOR.iter_errors(results)] == []


def test_the_sample_run_matches_the_schema() -> None:
    assert [error.message for error in VALIDATOR.iter_errors(fold(build_sample_run()))] == []


def test_the_schema_is_one() -> None:
    assert jsonschema_rs.meta.is_valid(SCHEMA)


@pytest.mark.parametrize(
    "place", ["", "run", "totals", "scenarios/0", "scenarios/0/steps/0", "warehouse", "endpoints/0"]
)
def test_the_schema_refuses_keys_that_nobody_described(place: str) -> None:
    results = fold(LedgerBuilder().add_scenario("1.1", make_step_row()).finish())
    spot = results
    for part in filter(None, place.split("/")):
        spot = spot[int(part) if part.isdigit() else part]

    spot["undescribed"] = 1

    assert not VALIDATOR.is_valid(results)


@bounded
@given(ledgers())
def test_folding_is_pure(lines: list[Line]) -> None:
    before = copy.deepcopy(lines)

    first = fold(lines)

    assert json.dumps(first) == json.dumps(fold(iter(lines)))
    assert lines == before
