"""The part of a plan that `--shard` names: the same on every machine, and refused where it cannot be made."""

import json
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.errors import UsageError
from contracts_runner.project.project import load_project
from contracts_runner.run.options import build_options
from contracts_runner.run.plan import RunPlan, plan_run
from contracts_runner.run.shards import cut_shard

SPEC = {
    "openapi": "3.1.0",
    "info": {"title": "T", "version": "1"},
    "paths": {
        "/made": {"post": {"operationId": "make", "responses": {"201": {"description": "made"}}}},
        "/all": {"get": {"operationId": "list", "responses": {"200": {"description": "all"}}}},
        "/one": {"get": {"operationId": "read", "responses": {"200": {"description": "one"}}}},
    },
}
ALONE = "".join(f"  - {{id: {name}, title: T, steps: [{{operation: list}}]}}\n" for name in "abcd")
TIED = """
  - {id: w, title: T, steps: [{operation: make, capture: {n: {header: Location}}}]}
  - {id: u, title: T, needs: {w: w}, steps: [{operation: list}]}
  - {id: v, title: T, needs: {w: w}, steps: [{operation: list}]}
"""


def make_part(folder: Path, shard: str, scenarios: str = ALONE, phases: tuple[str, ...] = ("scenarios",)) -> RunPlan:
    (folder / "contracts").mkdir(exist_ok=True)
    (folder / "spec.json").write_text(json.dumps(SPEC), encoding="utf-8")
    text = f"contract: c\ntitle: C\nspec: api\nscenarios:\n{scenarios}"
    (folder / "contracts" / "c.yaml").write_text(text, encoding="utf-8")
    (folder / "contracts.yaml").write_text(
        "version: 1\nspecs: {api: spec.json}\ncontracts: contracts\ndefault_environment: prod\nenvironments:\n  prod:\n"
        "    {base_url: 'http://shop.example.com', rate_limit: 3/s, properties: {max_requests: 5, max_writes: 1}}\n",
        encoding="utf-8",
    )
    options = build_options({"shard": shard, "phases": phases})
    assert options.shard is not None
    return cut_shard(plan_run(load_project(folder), options), options.shard, is_resumed=False)


def list_ids(plan: RunPlan) -> list[str]:
    return [scenario.id for scenario in plan.selection.scenarios]


def write_run(folder: Path, day: int, durations: dict[str, float], **run: Any) -> None:
    at, identifier = f"2026-01-{day:02}T00:00:00.000Z", f"{day:08}"
    head = {"id": identifier, "environment": "prod", "simulated": False, "started_at": at, "complete": True, **run}
    counts: dict[str, Any] = {phase: {} for phase in ("scenarios", "properties", "warehouse")}
    rows = [
        {"id": name, "title": "T", "contract": "c", "outcome": "passed", "duration_ms": duration}
        for name, duration in durations.items()
    ]
    place = folder / "runs" / f"202601{day:02}T000000Z-prod-{identifier}"
    place.mkdir(parents=True)
    line = {"seq": 1, "at": at, "type": "run_started", "run": head}
    (place / "ledger.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    results = {"run": head, "totals": counts, "scenarios": rows, "ledger": {"lines": 1}}
    (place / "results.json").write_text(json.dumps(results), encoding="utf-8")


def test_parts_are_made_by_the_last_complete_run_that_is_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path, 1, {"a": 1.0, "b": 9.0})
    write_run(tmp_path, 2, {"a": 30.0, "b": 10.0, "c": 10.0, "d": 10.0})
    write_run(tmp_path, 3, {"b": 99.0}, shard={"part": "1/2", "split": ""})
    write_run(tmp_path, 4, {"c": 99.0}, complete=False)
    write_run(tmp_path, 5, {"d": 99.0}, environment="other")

    parts = [make_part(tmp_path, f"{index}/2") for index in (1, 2)]

    assert [list_ids(part) for part in parts] == [["a"], ["b", "c", "d"]]
    assert {part.options.balanced_by for part in parts} == {"00000002"}
    assert len({part.shard.split for part in parts if part.shard}) == 1


def test_without_an_earlier_run_parts_are_of_equal_size(tmp_path: Path) -> None:
    parts = [make_part(tmp_path, f"{index}/2") for index in (1, 2)]

    assert [list_ids(part) for part in parts] == [["a", "c"], ["b", "d"]]
    assert [part.selection.deselected for part in parts] == [2, 2]


def test_more_parts_than_can_be_run_apart_are_refused_alike(tmp_path: Path) -> None:
    for index in (1, 3):
        with pytest.raises(UsageError, match=r"has only 1 part to be run apart.*use at most --shard I/1"):
            make_part(tmp_path, f"{index}/3", TIED)


def test_what_writes_is_in_one_part_with_all_that_need_it(tmp_path: Path) -> None:
    parts = [make_part(tmp_path, f"{index}/2", TIED + ALONE) for index in (1, 2)]

    assert [list_ids(part) for part in parts] == [["w", "u", "v", "d"], ["a", "b", "c"]]
    assert parts[0].needs == {"w": (), "u": ("w",), "v": ("w",), "d": ()}


def test_bounds_are_shared(tmp_path: Path) -> None:
    parts = [make_part(tmp_path, f"{index}/2", phases=("scenarios", "properties")) for index in (1, 2)]

    bounds = [part.properties.settings.bounds for part in parts if part.properties]
    assert [(each.requests, each.writes) for each in bounds] == [(3, 1), (2, 0)]
    assert [part.environment.rate_limit_per_second for part in parts] == [1.5, 1.5]
    labels = [[each.label for each in part.properties.operations["api"]] for part in parts if part.properties]
    assert labels == [["list"], ["read"]]
