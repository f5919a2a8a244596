"""Contract files and scenarios as pytest sees them, and what it makes of an outcome."""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, assert_never

import pytest

from contracts_runner.model.contract import Contract, Scenario
from contracts_runner.model.outcome import Outcome
from contracts_runner.pytest_plugin.failure_text import render_failure
from contracts_runner.pytest_plugin.scenario_run import FinishedRun
from contracts_runner.reporting.digest import render_quarantine
from contracts_runner.reporting.text import make_visible
from contracts_runner.results.rows import ScenarioRow

FindRun = Callable[[pytest.Session], FinishedRun]


class ContractFile(pytest.File):
    """A contract file; `contract` is what was read of it, `marks` are the tags that are markers."""

    def __init__(
        self, *, contract: Contract, marks: Collection[str], find_run: FindRun, is_strict: bool, **parts: Any
    ) -> None:
        super().__init__(**parts)
        self.contract = contract
        self.marks = marks
        self.find_run = find_run
        self.is_strict = is_strict

    def collect(self) -> Iterator["ScenarioItem"]:
        for scenario in self.contract.scenarios:
            yield ScenarioItem.from_parent(self, name=scenario.id, scenario=scenario)


class ScenarioItem(pytest.Item):
    """A scenario, or one item of its table."""

    parent: ContractFile

    def __init__(self, *, scenario: Scenario, **parts: Any) -> None:
        super().__init__(**parts)
        self.scenario = scenario
        self.row: ScenarioRow | None = None
        for tag in scenario.tags:
            self.extra_keyword_matches.add(tag)
            if tag in self.parent.marks:
                self.add_marker(tag)

    def setup(self) -> None:
        """Run all that are selected, if that has not been done; an outcome that was not found out is an error."""
        run = self.parent.find_run(self.session)
        self.row = run.rows.get(self.scenario.id)
        if self.row is None:
            pytest.fail(run.problem or f"errored: it has no row in {run.folder}", pytrace=False)
        if self.row.outcome is Outcome.ERRORED and not self.row.quarantine:
            pytest.fail(render_failure(self.row, run), pytrace=False)

    def runtest(self) -> None:
        assert self.row is not None
        row, note = self.row, make_visible(self.row.reason)
        if row.quarantine:
            # Whatever came out decides nothing, and a pass is none.
            pytest.skip(f"{row.outcome}: {make_visible(render_quarantine(row))}")
        match row.outcome:
            case Outcome.PASSED | Outcome.ERRORED:  # told by `setup`
                return
            case Outcome.FAILED:
                pytest.fail(render_failure(row, self.parent.find_run(self.session)), pytrace=False)
            case Outcome.FIXED:
                if self.parent.is_strict:
                    pytest.fail(f"fixed: {note}", pytrace=False)
            case Outcome.KNOWN:
                pytest.xfail(f"known: {note}")
            case Outcome.BLOCKED | Outcome.SKIPPED:
                pytest.skip(f"{row.outcome}: {note}")
            case _:
                assert_never(row.outcome)

    def complete(self, report: pytest.TestReport) -> None:
        """Say what an outcome of pytest alone does not: how long the scenario took, that a deviation is gone, where it
        is written what was skipped."""
        if self.row is None or report.when != "call":
            return
        report.duration = (self.row.duration_ms or 0) / 1000
        if self.row.outcome is Outcome.FIXED and report.passed:
            report.wasxfail = f"fixed: {make_visible(self.row.reason)}"
        elif report.skipped and isinstance(report.longrepr, tuple):
            report.longrepr = (str(self.path), self.scenario.location.line, report.longrepr[2])

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.scenario.location.line - 1, make_visible(f"{self.name} {self.scenario.title}")
