"""The causes of a run as its reports tell them: whom each concerns, since when, and what sends the example again."""

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import assert_never

from msgspec import UNSET

from contracts_runner.dataclass import dataclass
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.apart import list_first
from contracts_runner.reporting.phrases import Phrases
from contracts_runner.reporting.text import render_time
from contracts_runner.results.results import CauseRow, Results
from contracts_runner.results.rows import PropertyStepRow, RequestRow, ScenarioRow
from contracts_runner.results.since import SinceRow, SinceState

_SINCES = 3


@dataclass(frozen=True, slots=True)
class CauseView:
    """A cause; of its example `location` is the contract's line, `request` what was sent, "" if nothing was; `since` is
    "" where no earlier runs were looked at, `again` where nothing can be sent again."""

    row: CauseRow
    location: str | None
    request: str
    since: str
    again: str
    is_aside: bool  # it decides nothing: all its rows are broken as in the baseline


class CauseViews:
    """All causes of a run, and what earlier runs tell of a row."""

    def __init__(self, results: Results, phrases: Phrases) -> None:
        self.phrases = phrases
        self._run = results.run
        self._since: dict[str, SinceRow] = {row.id: row for row in results.since or ()}
        self._properties = {row.id: row for row in results.properties}
        self._scenarios = {row.id: row for row in results.scenarios}
        aside = {row.id for row in results.baseline.rows} if results.baseline else set[str]()
        self.all = [
            CauseView(
                row=row,
                location=self._find_line(row),
                request=self._find_request(row),
                since=self._tell_since(row.ids),
                again=self._tell_again(row),
                is_aside=aside.issuperset(row.ids),
            )
            for row in results.causes
        ]
        self._of_row: dict[str, list[CauseView]] = {}
        for view in self.all:
            for identifier in view.row.ids:
                self._of_row.setdefault(identifier, []).append(view)
        self.fixed = [row.id for row in results.since or () if row.state is SinceState.FIXED]
        self.is_compared = results.since is not UNSET

    def find(self, identifier: str) -> list[CauseView]:
        """Return the causes of a row."""
        return self._of_row.get(identifier, [])

    def find_since(self, identifier: str) -> str:
        """Return what earlier runs tell of a row, "" for nothing."""
        row = self._since.get(identifier)
        return render_since(row, self.phrases) if row else ""

    def list(self, ids: Sequence[str], most: int | None = None) -> str:
        """Return the first ids of a list, and how many more there are."""
        return list_first(ids, len(ids) if most is None else most, self.phrases)

    def _find_line(self, row: CauseRow) -> str | None:
        scenario = self._scenarios.get(row.example.id)
        return find_contract_line(scenario, row.example.location) if scenario else row.example.location

    def _find_request(self, row: CauseRow) -> str:
        identifier = row.example.id
        sent: RequestRow | PropertyStepRow | None = None
        if row.phase is Phase.PROPERTIES and identifier in self._properties:
            failure = self._properties[identifier].failure
            sent = failure.steps[-1] if failure and failure.steps else None
        elif row.phase is Phase.SCENARIOS and identifier in self._scenarios:
            steps = self._scenarios[identifier].steps
            sent = next((step.request for step in steps if step.number == row.example.step), None)
        return f"{sent.method} {sent.url}" if sent else ""

    def _tell_since(self, ids: Iterable[str]) -> str:
        told = Counter(filter(None, map(self.find_since, ids)))
        if len(told) == 1 and told.total() == 1:
            return next(iter(told))
        return "; ".join(f"{text}: {count}" for text, count in told.most_common(_SINCES))

    def _tell_again(self, row: CauseRow) -> str:
        match row.phase:
            case Phase.PROPERTIES:
                return shlex.join(["contracts", "replay", self._run.id, row.example.id])
            case Phase.SCENARIOS | Phase.WAREHOUSE:
                scenario = self._scenarios.get(row.example.id)
                identifier = (scenario and scenario.of) or row.example.id
                return shlex.join(["contracts", "run", identifier, "--env", self._run.environment])
            case None:
                return ""
            case _:
                assert_never(row.phase)


def find_contract_line(scenario: ScenarioRow, location: str | None) -> str | None:
    """Return the line of a check, if it is in the scenario's file, else that of the scenario: what the spec says has
    its line in a document."""
    if location and scenario.location and location.rpartition(":")[0] == scenario.location.rpartition(":")[0]:
        return location
    return scenario.location


def render_since(row: SinceRow, phrases: Phrases) -> str:
    """Return what earlier runs tell of a row, such as "since 2026-11-02 (runs: 4)"."""
    match row.state:
        case SinceState.NEW:
            return phrases("new")
        case SinceState.SINCE:
            return phrases("since %(day)s (runs: %(runs)s)", day=render_time(row.at)[:10], runs=row.runs)
        case SinceState.FLAKY:
            return phrases("flaky: broken %(runs)s of %(of)s", runs=row.runs, of=row.of)
        case SinceState.FIXED:
            return phrases("fixed now, broken before (runs: %(runs)s)", runs=row.runs)
        case _:
            assert_never(row.state)
