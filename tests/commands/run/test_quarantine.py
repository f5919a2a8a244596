"""A scenario in quarantine is run and told apart, and decides nothing, as long as that lasts."""

from datetime import date
from pathlib import Path

import pytest

from contracts_runner.errors import SourceLocation
from contracts_runner.model.contract import Quarantine
from helpers.command import run_contracts
from helpers.servers import always, answer, serve_raw
from helpers.shop import write_project

SCENARIOS = """
- {id: "1.1", title: All things, steps: [{operation: listThings}]}
- id: "1.2"
  title: One thing
  quarantine: {owner: shop team, because: It times out now and then., until: 2099-01-31}
  steps: [{operation: getThing, parameters: {id: 1}}]
- {id: "1.3", title: All things again, steps: [{operation: listThings}]}
"""
TOLD = "in quarantine until 2099-01-31 (shop team: It times out now and then.)"


def test_what_is_in_quarantine_is_told_apart_and_decides_nothing(tmp_path: Path) -> None:
    with serve_raw(always(answer(body=b'{"data": []}'))) as service:
        write_project(tmp_path, SCENARIOS, base_url=service.base_url)
        done = run_contracts("run", "--jobs", "1", "--fail-fast", "--output", "out", cwd=tmp_path)
    audit, dry = (run_contracts(*words, cwd=tmp_path) for words in (("audit", "out"), ("run", "--dry-run")))

    totals = done.results["totals"]["scenarios"]
    assert (done.code, audit.code, done.outcomes["1.2"], done.outcomes["1.3"]) == (0, 0, "failed", "passed")
    assert (totals["failed"], totals["passed"], totals["quarantined"], totals["total"]) == (0, 2, 1, 3)
    assert f"quarantined  1.2  failed: One thing: {TOLD}" in done.stdout
    assert "nothing failed: 2 passed, 1 quarantined of 3 scenarios" in done.stdout
    assert f"    {TOLD}\n" in dry.stdout
    assert TOLD in (tmp_path / "out" / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("environments", "environment", "day", "holds"),
    [
        (None, "prod", 31, True),
        (None, "prod", 30, True),
        (("prod",), "prod", 31, True),
        (("prod",), "test", 31, False),
    ],
)
def test_it_holds_to_its_last_day_where_it_is_meant(
    environments: tuple[str, ...] | None, environment: str, day: int, holds: bool
) -> None:
    quarantine = Quarantine(
        owner="we",
        because="it is flaky",
        environments=environments,
        until=date(2026, 1, 31),
        location=SourceLocation("contracts/things.yaml", 1),
    )

    assert quarantine.holds(environment, date(2026, 1, day)) is holds
    assert quarantine.holds(environment, date(2026, 2, 1)) is False
