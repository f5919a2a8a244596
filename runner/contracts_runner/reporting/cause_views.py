"""The causes of a run as its reports tell them: whom each concerns, since when, and what sends the example again."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import assert_never

from msgspec import UNSET

from contracts_runner.dataclass import dataclass
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.advice import Advisor
from contracts_runner.reporting.apart import list_first
from contracts_runner.reporting.commands import render_command, render_next
from contracts_runner.reporting.phrases import Phrases
from contracts_runner.reporting.text import render_time
from contracts_runner.results.results import CauseRow, Results
from contracts_runner.results.rows import ExchangeRow, PropertyStepRow, RequestRow, ScenarioRow
from contracts_runner.results.since import SinceRow, SinceState

_SINCES = 3
# Rows that one command looks at again.
_AGAIN = 5
# A longer command is no line that a person pastes.
_LONGEST_COMMAND = 2_000


@dataclass(frozen=True, slots=True)
class CauseView:
    """A cause; of its example `location` is the contract's line, `request` what was sent, "" if nothing was; `since` is
    "" where no earlier runs were looked at, `again`, which looks again at all of its rows (`is_all_again`) if they are
    few, where nothing can be sent again. `passed` is when its example passed last;
    `command` sends the recorded request of it, "" if that is not at hand or no line that a person pastes."""

    row: CauseRow
    location: str | None
    request: str
    since: str
    passed: str
    command: str
    again: str
    is_all_again: bool
    is_aside: bool  # it decides nothing: all its rows are broken as in the baseline


class CauseViews:
    """All causes of a run, and what earlier runs tell of a row."""

    def __init__(
        self, results: Results, phrases: Phrases, exchanges: Mapping[str, ExchangeRow] = MappingProxyType({})
    ) -> None:
        """`exchanges`: artifact -> what was recorded in it, of the examples at least."""
        self.phrases = phrases
        self._exchanges = exchanges
        self.advise = Advisor(results, phrases).advise
        self._run = results.run
        self._since: dict[str, SinceRow] = {row.id: row for row in results.since or ()}
        self._properties = {row.id: row for row in results.properties}
        self._scenarios = {row.id: row for row in results.scenarios}
        self._checks = {row.id for row in results.warehouse.checks}
        aside = {row.id for row in results.baseline.rows} if results.baseline else set[str]()
        self.all = [
            CauseView(
                row=row,
                location=self._find_line(row),
                request=self._find_request(row),
                since=self._tell_since(row.ids),
                passed=self.find_passed(row.example.id),
                command=self._find_command(row),
                again=self.tell_again(row.phase, *(again := self._choose_again(row))),
                is_all_again=len(row.ids) == 1 or tuple(again) != (row.example.id,),
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

    def find_passed(self, identifier: str) -> str:
        """Return when a broken row passed last, "" where it is not known that it did."""
        row = self._since.get(identifier)
        return render_passed(row, self.phrases) if row else ""

    def tell_again(self, phase: Phase | None, *ids: str) -> str:
        """Return the command that looks again at rows, at the whole phase for none; "" if there is none."""
        if self._run.observed:
            files = [each.file for each in self._run.observed]
            return render_next(self._run, "observe", *files, "--env", self._run.environment)
        match phase:
            case Phase.PROPERTIES:
                return render_next(self._run, "replay", self._run.id, *ids)
            case Phase.SCENARIOS | Phase.WAREHOUSE:
                which = ids or ("--phase", phase.value)
                return render_next(self._run, "run", *which, "--env", self._run.environment)
            case None:
                return ""
            case _:
                assert_never(phase)

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

    def find_sent(self, artifact: str | None) -> tuple[str, str] | None:
        """Return method and URL of the request of an artifact, None if that is not at hand."""
        exchange = self._exchanges.get(artifact or "")
        return (exchange.request.method, exchange.request.url) if exchange else None

    def find_command(self, artifact: str | None) -> str:
        """Return what sends the request of an artifact again, "" if that is not at hand or no line to paste."""
        exchange = self._exchanges.get(artifact or "")
        command = render_command(exchange) if exchange else ""
        return command if len(command) <= _LONGEST_COMMAND and "\n" not in command else ""

    def _find_command(self, row: CauseRow) -> str:
        failed = self._properties.get(row.example.id)
        # One request of several proves nothing alone.
        is_alone = failed is None or (failed.failure is not None and len(failed.failure.steps) == 1)
        return self.find_command(row.example.artifact) if is_alone else ""

    def _tell_since(self, ids: Iterable[str]) -> str:
        """Return what earlier runs tell of the rows: once if it is the same of all, else how many it is of."""
        told = Counter(map(self.find_since, ids))
        if len(told) == 1:
            return next(iter(told))
        return "; ".join(f"{count} {text}" for text, count in told.most_common(_SINCES) if text)

    def _choose_again(self, row: CauseRow) -> Sequence[str]:
        """Return what to look at again: all rows of a cause, or its example where they are many."""
        if row.phase is None or row.phase is Phase.PROPERTIES:
            return [row.example.id]
        rows = [each for each in row.ids if each in self._scenarios or each in self._checks]
        tables = list(dict.fromkeys(self._find_table(each) for each in rows))
        return next((ids for ids in (rows, tables) if len(ids) <= _AGAIN), [row.example.id])

    def _find_table(self, identifier: str) -> str:
        scenario = self._scenarios.get(identifier)
        return (scenario and scenario.of) or identifier


def find_contract_line(scenario: ScenarioRow, location: str | None) -> str | None:
    """Return the line of a check, if it is in the scenario's file, else that of the scenario: what the spec says has
    its line in a document."""
    if location and scenario.location and location.rpartition(":")[0] == scenario.location.rpartition(":")[0]:
        return location
    return scenario.location


def list_examples(results: Results) -> set[str]:
    """Return the artifacts of the examples of the causes."""
    return {cause.example.artifact for cause in results.causes if cause.example.artifact}


def render_passed(row: SinceRow, phrases: Phrases) -> str:
    """Return when a broken row passed last, "" where it is not known that it did."""
    if not row.passed:
        return ""
    return phrases("last passed %(at)s (run %(run)s)", at=render_time(row.passed.started_at), run=row.passed.id)


def render_since(row: SinceRow, phrases: Phrases) -> str:
    """Return what earlier runs tell of a row, such as "broken since 2026-11-02 09:30:05 UTC, 4 runs with this one"."""
    match row.state:
        case SinceState.NEW:
            return phrases("new")
        case SinceState.SINCE:
            runs = phrases.count(row.runs, "run")
            return phrases("broken since %(time)s, %(runs)s with this one", time=render_time(row.at), runs=runs)
        case SinceState.FLAKY:
            return phrases("flaky: broken %(runs)s of %(of)s", runs=row.runs, of=row.of)
        case SinceState.FIXED:
            return phrases("fixed now, broken before (runs: %(runs)s)", runs=row.runs)
        case _:
            assert_never(row.state)
