"""examples/history/: queries for dashboards, as ClickHouse, Grafana and DataLens have them, give what was published."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from contracts_runner.model.environment import PublishSettings, WarehouseSettings
from contracts_runner.results.lines import parse_results
from contracts_runner.warehouse.client import Warehouse
from contracts_runner.warehouse.publishing import publish_results
from helpers.command import REPOSITORY
from helpers.warehouse_desk import Desk

FOLDER = REPOSITORY / "examples" / "history"
NAMES = sorted(path.stem for path in FOLDER.glob("*.sql"))
DASHBOARD = json.loads((FOLDER / "grafana.json").read_text(encoding="utf-8"))
# How each tool writes what it fills in.
GRAFANA = {
    "{environment:String}": "${environment:singlequote}",
    "{from:DateTime}": "$__fromTime",
    "{to:DateTime}": "$__toTime",
}
DATALENS = {
    "{environment:String}": "{{environment}}",
    "{from:DateTime}": "parseDateTimeBestEffort({{interval_from}})",
    "{to:DateTime}": "parseDateTimeBestEffort({{interval_to}})",
}
# What each tool fills in there.
FILLED: Mapping[str, Mapping[str, str]] = {
    "plain": {
        "{environment:String}": "'it''s prod'",
        "{from:DateTime}": "toDateTime('2026-11-21 00:00:00', 'UTC')",
        "{to:DateTime}": "toDateTime('2026-11-22 23:59:59', 'UTC')",
    },
    "grafana": {
        "${environment:singlequote}": "'it\\'s prod'",
        "$__fromTime": "toDateTime(1795219200)",
        "$__toTime": "toDateTime(1795391999)",
    },
    "datalens": {
        "{{environment}}": "'it\\'s prod'",
        "{{interval_from}}": "'2026-11-21T00:00:00.000Z'",
        "{{interval_to}}": "'2026-11-22T23:59:59.000Z'",
    },
}
NONE = {"passed": 0, "failed": 0, "errored": 0, "known": 0, "fixed": 0, "blocked": 0, "skipped": 0}
PROD = "it's prod"
# Day and hour of each run, its environment, the outcomes of scenarios 1.1 and 1.2, milliseconds of its request.
RUNS = (
    (20, 12, PROD, "failed", "failed", 1.0),  # before the time that is looked at
    (21, 12, PROD, "passed", "failed", 10.0),
    (21, 12, PROD, "passed", "passed", 30.0),
    (22, 12, "test", "failed", "errored", 70.0),
    (22, 13, PROD, "passed", "errored", 20.0),
)


def build_results(number: int, day: int, hour: int, environment: str, first: str, second: str, ms: float) -> Any:
    begun = datetime(2026, 11, day, hour, number, tzinfo=UTC)
    counts = {**NONE}
    for outcome in (first, second):
        counts[outcome] += 1
    row = {"contract": "a", "steps": [], "duration_ms": 5.0}
    document = {
        "run": {
            "id": f"run{number}",
            "environment": environment,
            "base_url": "http://a.example.com",
            "complete": True,
            "started_at": begun.isoformat(),
            "finished_at": begun.replace(second=2).isoformat(),
            "tool_version": "1",
            "spec_sha256": "ab" * 32,
            "platform": "Linux",
        },
        "totals": {
            "scenarios": {**counts, "total": 2},
            "properties": {**NONE, "total": 0},
            "warehouse": {**NONE, "total": 0},
            "requests_sent": 2,
            "writes_sent": 0,
        },
        "scenarios": [
            {**row, "id": "1.1", "title": "List", "outcome": first, "reason": ""},
            {**row, "id": "1.2", "title": "Добавить", "outcome": second, "reason": f"why {number}"},
        ],
        "latency": [{"operation": "list", "count": 1, "min": ms, "p50": ms, "p90": ms, "p99": ms, "max": ms}],
        "ledger": {"lines": 2},
    }
    return parse_results(json.dumps(document).encode())


def translate(text: str, words: Mapping[str, str]) -> str:
    for word, other in words.items():
        text = text.replace(word, other)
    return text


def read_plain(name: str) -> str:
    return (FOLDER / f"{name}.sql").read_text(encoding="utf-8")


def read_grafana(name: str) -> str:
    [panel] = [panel for panel in DASHBOARD["panels"] if panel["title"] == name.capitalize()]
    return str(panel["targets"][0]["rawSql"])


def read_datalens(name: str) -> str:
    return (FOLDER / "datalens" / f"{name}.sql").read_text(encoding="utf-8")


READERS: Mapping[str, Callable[[str], str]] = {
    "plain": read_plain,
    "grafana": read_grafana,
    "datalens": read_datalens,
}
EXPECTED: Mapping[str, list[tuple[Any, ...]]] = {
    "environments": [(PROD, "2026-11-22 13:04:00", 0, 1, 3, 2), ("test", "2026-11-22 12:03:00", 1, 1, 1, 1)],
    "days": [("2026-11-21", 3, 1, 0, 0, 0), ("2026-11-22", 1, 0, 1, 0, 0)],
    "broken": [("scenarios", "1.2", "Добавить", "errored", "why 4")],
    "unstable": [("scenarios", "1.2", "Добавить", 3, 2, 66.7)],
    "runs": [
        ("2026-11-21 12:01:00", 2.0, 2, 1, 0),
        ("2026-11-21 12:02:00", 2.0, 2, 0, 0),
        ("2026-11-22 13:04:00", 2.0, 2, 0, 1),
    ],
    "latency": [("2026-11-21 12:00:00", "list", 10.0, 30.0), ("2026-11-22 13:00:00", "list", 20.0, 20.0)],
}


@pytest.fixture
def published(desk: Desk) -> Desk:
    target = WarehouseSettings(dsn="chdb://memory", database=desk.database)
    settings = PublishSettings(target=target, is_creating=True)
    for number, run in enumerate(RUNS):
        publish_results(build_results(number, *run), settings, now=datetime(2026, 11, 30, tzinfo=UTC))
    return desk


@pytest.mark.parametrize("name", NAMES)
def test_a_query_gives_what_was_published(engine: Warehouse, published: Desk, name: str) -> None:
    for tool, read in READERS.items():
        query = translate(read(name), FILLED[tool]).replace(" contract_", f" {published.database}.contract_")
        found = engine.query(f"SELECT * FROM (\n{query}\n)")
        shown = [tuple(str(value) if isinstance(value, date) else value for value in row) for row in found]
        assert shown == EXPECTED[name], tool


@pytest.mark.parametrize("name", NAMES)
def test_the_tools_have_the_same_query(name: str) -> None:
    plain = read_plain(name)

    assert read_datalens(name) == translate(plain, DATALENS)
    assert read_grafana(name) == translate(plain.partition("\n")[2], GRAFANA)


def test_the_dashboard_has_each_query_once() -> None:
    assert sorted(panel["title"].lower() for panel in DASHBOARD["panels"]) == NAMES == sorted(EXPECTED)
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(NAMES)
