"""The newest run that has an ID says how it came out."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.run.last_outcome import LastOutcome, find_last_outcome
from helpers.sealing import seal_run

OLD, NEW = "20260101T000000Z-test-aaaa", "20260102T000000Z-test-bbbb"


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The runs of the current folder, which is empty."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "runs"


def find(identifier: str) -> LastOutcome | None:
    return find_last_outcome(None, identifier)


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
    (folder / "ledger.jsonl").touch()
    return folder


def make_row(outcome: str, *artifacts: str | None, id: str = "1") -> dict[str, Any]:
    steps = [{"outcome": outcome, "artifact": artifact} for artifact in artifacts]
    return {"id": id, "title": "One", "contract": "a", "outcome": outcome, "reason": "why", "steps": steps}


def test_the_newest_run_that_has_the_id_counts(runs: Path) -> None:
    write_run(runs, OLD, make_row("failed"), make_row("known", id="2"))
    write_run(runs, NEW, make_row("passed"))

    newest, older = find("1"), find("2")

    assert newest is not None
    assert older is not None
    assert (newest.outcome, newest.run.name) == ("passed", NEW)
    assert (older.outcome, older.run.name, older.reason) == ("known", OLD, "why")


def test_the_newest_run_of_an_environment_counts(runs: Path) -> None:
    for name, environment, outcome in ((OLD, "test", "failed"), (NEW, "other", "passed")):
        started = {"type": "run_started", "at": "", "run": {"environment": environment}}
        ledger = write_run(runs, name, make_row(outcome)) / "ledger.jsonl"
        ledger.write_text(json.dumps(started) + "\n", encoding="utf-8")

    found = [find_last_outcome(None, "1", environment) for environment in (None, "test", "prod")]

    assert [each and each.outcome for each in found] == ["passed", "failed", None]


def test_a_run_that_did_not_finish_has_the_time_of_its_start(runs: Path) -> None:
    write_run(runs, NEW, make_row("errored"))

    last = find("1")

    assert last is not None
    assert (last.finished_at, last.environment, last.is_simulated) == ("S", "test", True)


def test_artifacts_are_those_that_exist(runs: Path) -> None:
    folder = write_run(runs, NEW, make_row("passed", "artifacts/a.json", "artifacts/gone.json", None))
    (folder / "artifacts" / "a.json").write_text("{}", encoding="utf-8")

    last = find("1")

    assert last is not None
    assert last.artifacts == (Path("runs", NEW, "artifacts", "a.json"),)


def test_artifacts_outside_the_run_are_not_named(runs: Path) -> None:
    (runs.parent / "secret.json").touch()
    write_run(runs, NEW, make_row("passed", "../../secret.json", "/etc/hostname", "\ud800.json"))

    last = find("1")

    assert last is not None
    assert last.artifacts == ()


def test_a_run_of_which_only_the_archive_is_left_is_read(runs: Path) -> None:
    folder = write_run(runs, NEW, make_row("passed"))
    seal_run(folder)
    shutil.rmtree(folder)

    last = find("1")

    assert last is not None
    assert (last.outcome, last.run.name) == ("passed", f"{NEW}.zip")


def test_a_warehouse_check_is_found_by_its_id_or_by_table_and_kind(runs: Path) -> None:
    named = {"id": "W.1", "table": "orders", "check": "exists", "outcome": "failed", "message": "gone"}
    unnamed = {"id": "orders:engine", "table": "orders", "check": "engine", "outcome": "passed", "message": ""}
    write_run(runs, NEW, checks=(named, unnamed))

    first, second = find("W.1"), find("orders:engine")

    assert first is not None
    assert second is not None
    assert (first.outcome, first.reason, second.outcome) == ("failed", "gone", "passed")


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"scenarios": [{"id": "1"}], "run": 1}', "[" * 100_000])
def test_folders_that_are_no_runs_say_nothing(runs: Path, text: str) -> None:
    write_run(runs, "zzz", make_row("passed")).joinpath("ledger.jsonl").unlink()
    (runs / NEW).mkdir()
    (runs / OLD).mkdir()
    (runs / OLD / "ledger.jsonl").touch()
    (runs / OLD / "results.json").write_text(text, encoding="utf-8")

    assert find("1") is None


def test_without_any_run_there_is_no_outcome(runs: Path) -> None:
    assert find("1") is None
