"""The newest run that has an ID says how it came out."""

import json
from pathlib import Path
from typing import Any

from contracts_runner.run.last_outcome import find_last_outcome

OLD, NEW = "20260101T000000Z-test-aaaa", "20260102T000000Z-test-bbbb"


def write_run(runs: Path, name: str, *rows: dict[str, Any], checks: tuple[dict[str, Any], ...] = ()) -> Path:
    folder = runs / name
    (folder / "artifacts").mkdir(parents=True)
    run = {"id": "0badcafe", "environment": "test", "simulated": True, "started_at": "S", "finished_at": None}
    totals: dict[str, Any] = {"scenarios": {}, "properties": {}, "warehouse": {}}
    results = {
        "schema_version": 1,
        "run": run,
        "totals": totals,
        "scenarios": rows,
        "warehouse": {"checks": checks},
        "ledger": {"lines": 2},
    }
    (folder / "results.json").write_text(json.dumps(results), encoding="utf-8")
    return folder


def make_row(outcome: str, *artifacts: str | None, id: str = "1") -> dict[str, Any]:
    steps = [{"outcome": outcome, "artifact": artifact} for artifact in artifacts]
    return {"id": id, "title": "One", "contract": "a", "outcome": outcome, "reason": "why", "steps": steps}


def test_the_newest_run_that_has_the_id_counts(tmp_path: Path) -> None:
    write_run(tmp_path, OLD, make_row("failed"), make_row("known", id="2"))
    write_run(tmp_path, NEW, make_row("passed"))

    newest, older = find_last_outcome(tmp_path, "1"), find_last_outcome(tmp_path, "2")

    assert newest is not None
    assert older is not None
    assert (newest.outcome, newest.folder.name) == ("passed", NEW)
    assert (older.outcome, older.folder.name, older.reason) == ("known", OLD, "why")


def test_a_run_that_did_not_finish_has_the_time_of_its_start(tmp_path: Path) -> None:
    write_run(tmp_path, NEW, make_row("errored"))

    last = find_last_outcome(tmp_path, "1")

    assert last is not None
    assert (last.finished_at, last.environment, last.is_simulated) == ("S", "test", True)


def test_artifacts_are_those_that_exist(tmp_path: Path) -> None:
    folder = write_run(tmp_path, NEW, make_row("passed", "artifacts/a.json", "artifacts/gone.json", None))
    (folder / "artifacts" / "a.json").write_text("{}", encoding="utf-8")

    last = find_last_outcome(tmp_path, "1")

    assert last is not None
    assert last.artifacts == (folder / "artifacts" / "a.json",)


def test_a_warehouse_check_is_found_by_its_id_or_by_table_and_kind(tmp_path: Path) -> None:
    named = {"id": "W.1", "table": "orders", "check": "exists", "outcome": "failed", "message": "gone"}
    unnamed = {"id": "orders:engine", "table": "orders", "check": "engine", "outcome": "passed", "message": ""}
    write_run(tmp_path, NEW, checks=(named, unnamed))

    first, second = find_last_outcome(tmp_path, "W.1"), find_last_outcome(tmp_path, "orders:engine")

    assert first is not None
    assert second is not None
    assert (first.outcome, first.reason, second.outcome) == ("failed", "gone", "passed")


def test_folders_that_are_no_runs_say_nothing(tmp_path: Path) -> None:
    write_run(tmp_path, "zzz", make_row("passed"))
    (tmp_path / NEW).mkdir()
    (tmp_path / OLD).mkdir()
    (tmp_path / OLD / "results.json").write_text("{", encoding="utf-8")

    assert find_last_outcome(tmp_path, "1") is None


def test_without_any_run_there_is_no_outcome(tmp_path: Path) -> None:
    assert find_last_outcome(tmp_path / "runs", "1") is None
