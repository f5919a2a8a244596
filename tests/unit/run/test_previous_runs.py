"""Which run `against: previous` compares with, of those in runs/."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.project.settings.settings import load_settings
from contracts_runner.run.previous_runs import PreviousRuns
from helpers.warehouse_desk import make_warehouse_check

CHECK = make_warehouse_check("row_count", {"min": 1}, id="W.1")


def count(**outcomes: int) -> dict[str, int]:
    words = ("passed", "failed", "errored", "known", "fixed", "blocked", "skipped", "total")
    return {**dict.fromkeys(words, 0), **outcomes}


def write_run(folder: Path, day: int, *, run: dict[str, Any] | None = None, **row: Any) -> None:
    """Write a run of a day in January 2026, whose check W.1 has found `day` rows."""
    identifier, at = f"{day:08}", f"2026-01-{day:02}T00:00:00.000Z"
    head = {"id": identifier, "environment": "prod", "started_at": at, "complete": True, **(run or {})}
    check = {"id": "W.1", "table": "orders", "check": "row_count", "outcome": "passed", "figure": str(day), **row}
    found = {key: value for key, value in check.items() if value is not None}
    totals = {phase: count() for phase in ("scenarios", "properties", "warehouse")}
    results = {
        "ledger": {"lines": 9},
        "run": {**head, "base_url": "", "simulated": False, "finished_at": at, "seed": 1, "tool_version": "1"},
        "totals": {**totals, "requests_sent": 0, "writes_sent": 0},
        "scenarios": [],
        "properties": [],
        "warehouse": {"checks": [found]},
    }
    place = folder / "runs" / f"202601{day:02}T000000Z-prod-{identifier}"
    place.mkdir(parents=True)
    line = {"seq": 1, "at": at, "type": "run_started", "run": head}
    (place / "ledger.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    (place / "results.json").write_text(json.dumps(results), encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    text = "version: 1\nspecs: {}\ndefault_environment: prod\nenvironments: {prod: {}}\n"
    (tmp_path / "contracts.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    write_run(tmp_path, 5)
    return tmp_path


def find(project: Path) -> int | None:
    settings, _ = load_settings(project)
    assert settings is not None
    runs = PreviousRuns(settings=settings, environment="prod", run_id="00000009", history=None)
    found = [runs.find(CHECK) for _ in range(2)]
    assert found[0] == found[1]
    return int(found[0].number) if found[0] else None


@pytest.mark.parametrize(
    ("later", "expected"),
    [
        ({}, 6),
        ({"outcome": "failed"}, 6),
        ({"outcome": "skipped"}, 6),
        ({"outcome": "errored", "figure": None}, 5),
        ({"figure": None, "actual": 6}, 6),
        ({"figure": None, "actual": {"before": 6}}, 5),
        ({"run": {"complete": False}}, 5),
        ({"run": {"environment": "test"}}, 5),
        ({"run": {"id": "00000009"}}, 5),
        ({"id": "W.2"}, 5),
        ({"table": "sales"}, 5),
        ({"check": "freshness"}, 5),
    ],
)
def test_the_last_complete_run_of_the_environment_with_a_figure_counts(
    project: Path, later: dict[str, Any], expected: int
) -> None:
    write_run(project, 6, **later)

    assert find(project) == expected


def test_results_that_cannot_be_read_are_passed_over(project: Path) -> None:
    write_run(project, 6)
    next((project / "runs").glob("20260106*/results.json")).write_text("{}", encoding="utf-8")

    assert find(project) == 5


def test_without_a_run_there_is_no_figure(project: Path) -> None:
    next((project / "runs").glob("*/results.json")).unlink()

    assert find(project) is None


def test_a_figure_keeps_its_digits(project: Path) -> None:
    write_run(project, 6, figure="12345678901234567890.000000000000000001")
    settings, _ = load_settings(project)
    assert settings is not None

    found = PreviousRuns(settings=settings, environment="prod", run_id="", history=None).find(CHECK)

    assert found is not None
    assert (found.number, found.run) == (Decimal("12345678901234567890.000000000000000001"), "00000006")
