"""A scenario in quarantine is run and told apart, and decides nothing, as long as that lasts."""

from pathlib import Path

import pytest

from helpers.command import run_contracts
from helpers.servers import always, answer, serve_raw
from helpers.shop import write_project

SCENARIOS = """
- {{id: "1.1", title: All things, steps: [{{operation: listThings}}]}}
- id: "1.2"
  title: One thing
  quarantine: {{owner: shop team, because: It times out now and then., until: {until}}}
  steps: [{{operation: getThing, parameters: {{id: 1}}}}]
"""


@pytest.mark.parametrize(("until", "code", "counted"), [("2099-01-31", 0, (0, 1)), ("2026-01-31", 1, (1, None))])
def test_what_is_in_quarantine_decides_nothing_until_its_end(
    tmp_path: Path, until: str, code: int, counted: tuple[int, int | None]
) -> None:
    with serve_raw(always(answer(body=b'{"data": []}'))) as service:
        write_project(tmp_path, SCENARIOS.format(until=until), base_url=service.base_url)
        done = run_contracts("run", "--jobs", "1", "--fail-fast", "--output", "out", cwd=tmp_path)
    commands = (("check",), ("audit", "out"), ("run", "--dry-run"))
    check, audit, dry = (run_contracts(*words, cwd=tmp_path) for words in commands)

    totals = done.results["totals"]["scenarios"]
    told = "quarantined  1.2  failed: One thing: in quarantine until 2099-01-31 (shop team: It times out now and then.)"
    assert (done.code, done.outcomes["1.2"], audit.code) == (code, "failed", 0)
    assert ((totals["failed"], totals.get("quarantined")), totals["total"]) == (counted, 2)
    assert (told in done.stdout) == ("    in quarantine until 2099-01-31 (shop team: " in dry.stdout) == (not code)
    assert ("nothing failed: 1 passed, 1 quarantined of 2 scenarios" in done.stdout) == (not code)
    assert ("the quarantine of '1.2' expired on 2026-01-31" in check.stdout) == bool(code)
    report = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert ("in quarantine until 2099-01-31" in report) == (not code)
