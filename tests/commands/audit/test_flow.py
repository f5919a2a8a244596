"""A run whose scenarios need others, have tables and conditions: its reports and its audit say the same."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from contracts_runner.audit.judging import judge_scenario
from contracts_runner.audit.run_audit import audit_folder
from contracts_runner.run.audit import build_tool
from helpers.audited_run import ShopService
from helpers.command import Finished, run_contracts
from helpers.oracle.reports import check_reports
from helpers.rendering import REPORTS
from helpers.servers import serve_wsgi
from helpers.shop import write_project

SCENARIOS = """
- id: T
  title: A table, of which one item leaves a step out
  each: [{name: cup, id: 1, kind: old}, {id: 2, kind: new}, {name: none, id: 9, kind: new}]
  needs: {first: need}
  steps:
    - {name: read, operation: getThing, parameters: {id: "${row.id}"}}
    - {name: again, operation: getThing, when: {this: "${row.kind}", is: new}, parameters: {id: "${first.number}"}}
- id: need
  title: What others need
  steps: [{name: first, operation: listThings, capture: {number: "$.data[1].id"}}]
- {id: later, title: Not now, skip: {because: it is mended}, needs: {first: need}, steps: [{operation: listThings}]}
- {id: empty, title: No item, each: [], steps: [{operation: listThings}]}
- id: nothing
  title: Nothing of it is run
  steps: [{operation: getThing, parameters: {id: 1}, when: {this: "${thing}", is: 2}}]
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("flow")
    with serve_wsgi(ShopService()) as base_url:
        write_project(folder, SCENARIOS, base_url=base_url)
        return run_contracts("run", "--output", "out", "--jobs", "3", cwd=folder)


def find(done: Finished, name: str) -> dict[str, Any]:
    return next(row for row in done.results["scenarios"] if row["id"] == name)


def test_rows_say_whose_items_they_are_and_by_whom_they_were_needed(done: Finished) -> None:
    assert done.outcomes == {
        "T[cup]": "passed",
        "T[2]": "passed",
        "T[none]": "failed",
        "need": "passed",
        "later": "skipped",
        "empty": "skipped",
        "nothing": "skipped",
    }
    assert [row.get("of") for row in done.results["scenarios"]] == ["T", "T", "T", None, None, None, None]
    assert find(done, "need")["needed_by"] == ["T[cup]", "T[2]", "T[none]"]
    assert [step.get("left_out") for step in find(done, "T[cup]")["steps"]] == [None, True]
    assert find(done, "later")["reason"] == "it is mended"
    assert done.results["totals"]["requests_sent"] == 5


def test_the_audit_confirms_it_and_the_oracle_of_the_reports_too(done: Finished) -> None:
    lines = [json.loads(line) for line in (done.folder / "ledger.jsonl").read_text(encoding="utf-8").splitlines()]
    reports = {name: (done.folder / name).read_bytes() for name in REPORTS}

    assert [each.as_json() for each in audit_folder(done.folder, build_tool(None)).violations] == []
    assert [each.as_json() for each in check_reports(lines, reports)] == []


@pytest.mark.parametrize(
    ("outcome", "checks", "judged"),
    [("skipped", [], "passed"), ("failed", [{"check": "status", "outcome": "failed"}], "failed")],
)
def test_only_what_was_skipped_can_be_left_out(outcome: str, checks: list[dict[str, str]], judged: str) -> None:
    passed = {"outcome": "passed", "cleanup": False, "checks": [{"check": "status", "outcome": "passed"}]}
    left_out = {"outcome": outcome, "cleanup": False, "checks": checks, "left_out": True}
    record: Any = SimpleNamespace(
        steps={number: SimpleNamespace(row={"step": step}) for number, step in enumerate((passed, left_out))},
        closed=SimpleNamespace(row={"outcome": "passed"}),
    )

    assert judge_scenario(record) == judged
