"""Runs of version 0.1.0 are read: their ledgers line by line, their results, and by the commands."""

import json
import zipfile
from pathlib import Path

import pytest
from msgspec import structs

from contracts_runner.evidence.ledger import render_line
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.lines import build_line, parse_results, results_as_json
from helpers.whole_ledger import read_ledger

GOLDEN = Path(__file__).parents[2] / "helpers" / "golden" / "0.1.0"


@pytest.fixture(params=["faults", "resumed", "sandbox"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    with zipfile.ZipFile(GOLDEN / f"{request.param}.zip") as archive:
        archive.extractall(tmp_path)
    return tmp_path


def test_the_fold_gives_the_results_of_that_time_with_their_keys_in_order(run: Path) -> None:
    folded = fold_ledger(read_ledger(run / "ledger.jsonl").lines)

    stored = json.loads((run / "results.json").read_bytes())
    now = results_as_json(folded)
    assert now.pop("schema_version") == 2
    del now["causes"], stored["schema_version"]
    assert json.dumps(now) == json.dumps(stored)


def test_results_are_read_as_they_were_folded(run: Path) -> None:
    folded = fold_ledger(read_ledger(run / "ledger.jsonl").lines)

    read = parse_results((run / "results.json").read_bytes())

    assert read == structs.replace(folded, schema_version=1, causes=())


def test_each_broken_check_of_that_time_is_of_one_cause(run: Path) -> None:
    folded = fold_ledger(read_ledger(run / "ledger.jsonl").lines)

    checks = [check for scenario in folded.scenarios for step in scenario.steps for check in step.checks]
    assert sum(cause.count for cause in folded.causes) >= sum(check.outcome.traits.is_broken for check in checks)


def test_a_line_that_was_read_is_written_again_byte_for_byte(run: Path) -> None:
    reading = read_ledger(run / "ledger.jsonl")

    assert reading.problem == ""
    raw_lines = (run / "ledger.jsonl").read_bytes().splitlines()
    for raw, line in zip(raw_lines, reading.lines, strict=True):
        head = {key: json.loads(raw)[key] for key in ("seq", "at", "prev")}
        assert render_line(line.event, **head) == raw


def test_a_line_and_its_json_object_are_the_same_event(run: Path) -> None:
    reading = read_ledger(run / "ledger.jsonl")

    raw_lines = (run / "ledger.jsonl").read_bytes().splitlines()
    assert [build_line(json.loads(raw)) for raw in raw_lines] == reading.lines
