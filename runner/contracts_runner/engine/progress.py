"""How far the scenarios of a killed run were, as its ledger says.

A scenario is finished when its `scenario_finished` was recorded, and not started when none of its requests left: then
it is simply run. Else it is in progress, also where an interrupt kept back its last steps: its recorded steps are kept
and never sent again, and one step may be in doubt: its request left, and the process ended before the answer was
recorded. A read is sent again. A write never is, since the service may have done it: the step is errored, what it would
have captured is lost, and the cleanup runs with what is known. Captures come back from the ledger where redaction left
them as they are, which holds for ids; a cleanup that needs a lost one is errored, because state may have been left
behind, and its reason says which and why.
"""

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import field

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.outgoing import OutgoingStep
from contracts_runner.engine.scope import Scope
from contracts_runner.engine.steps import StepResult, build_unsent
from contracts_runner.model.checks import CheckName, CheckResult
from contracts_runner.model.exchange import Request
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome, find_worst
from contracts_runner.model.spec import Effect, Operation
from contracts_runner.results.events import RequestSent, ScenarioFinished, ScenarioStarted, StepFinished
from contracts_runner.results.lines import Line
from contracts_runner.results.rows import StepRow

NOT_STARTED = "not started: the run was interrupted"
BROKEN_OFF = "not started: the run broke off"
KEPT_BACK = "not sent: the run was interrupted"
NO_ANSWER = (
    "its request left, and the run ended before an answer was recorded: whether the service did it is unknown, "
    "and a write is never sent again"
)


@dataclass(slots=True)
class Progress:
    """How far a scenario was. `rows`: number -> the recorded row of that step; `is_in_doubt`: a request of the step
    after them left, and no answer to it was recorded; `kept_back`: the steps that an interrupt kept back, which have no
    row here."""

    rows: dict[int, StepRow] = field(default_factory=dict)
    captured: dict[str, Json] = field(default_factory=dict)
    withheld: dict[str, str] = field(default_factory=dict)
    has_sent: bool = False
    is_in_doubt: bool = False
    kept_back: set[int] = field(default_factory=set)
    is_finished: bool = False

    @property
    def outcome(self) -> Outcome:
        """What its recorded steps add up to, without its cleanup."""
        rows = (row for row in self.rows.values() if not row.cleanup and row.left_out is not True)
        return find_worst([row.outcome for row in rows] or [Outcome.SKIPPED])

    @property
    def has_cleaned_up(self) -> bool:
        """True if a request of its cleanup has left."""
        return any(row.cleanup and row.attempts for row in self.rows.values())

    @property
    def next_number(self) -> int:
        """The number of the step after the recorded ones."""
        return max(self.rows, default=0) + 1

    def is_doubtful_write(self, number: int, operation: Operation) -> bool:
        """True if the step may have been done by the service, and must not be sent again."""
        return self.is_in_doubt and number == self.next_number and operation.effect is Effect.WRITE

    def restore(self, scope: Scope) -> None:
        """Give a scope the captures of the recorded steps."""
        for name, value in self.captured.items():
            scope.capture(name, value)
        for name, why in self.withheld.items():
            scope.lose(name, why)

    def take(self, event: RequestSent | StepFinished | ScenarioFinished) -> None:
        """Take the next event of the scenario."""
        match event:
            case RequestSent():
                self.has_sent = self.is_in_doubt = True
            case StepFinished():
                self._take_row(event.number, event.step)
                self._take_captures(event.captured, event.withheld)
            case ScenarioFinished():
                # One that was kept back because the run was interrupted was not started.
                has_ended = self.has_sent or event.reason not in (NOT_STARTED, BROKEN_OFF)
                self.is_finished = has_ended and not self.kept_back

    def _take_row(self, number: int, row: StepRow) -> None:
        self.is_in_doubt = False
        self.kept_back.discard(number)
        if row.reason == KEPT_BACK:
            self.kept_back.add(number)
        # What its cleanup could not send may have a reason to be sent when it has gone on.
        elif row.attempts or not (row.cleanup and self.kept_back):
            self.rows[number] = row

    def _take_captures(self, captured: Mapping[str, Json], withheld: Mapping[str, str]) -> None:
        self.captured = {name: value for name, value in self.captured.items() if name not in withheld} | dict(captured)
        self.withheld = {name: why for name, why in self.withheld.items() if name not in captured} | dict(withheld)


def read_progress(lines: Iterable[Line]) -> dict[str, Progress]:
    """Return scenario -> how far it was, of the scenarios that are finished or in progress."""
    found: dict[str, Progress] = {}
    for line in lines:
        match line.event:
            case ScenarioStarted(scenario=scenario):
                found[scenario] = Progress()
            case (
                RequestSent(scenario=str(scenario))
                | StepFinished(scenario=scenario)
                | ScenarioFinished(scenario=scenario)
            ):
                found.setdefault(scenario, Progress()).take(line.event)
    return {scenario: progress for scenario, progress in found.items() if progress.is_finished or progress.has_sent}


def recall_step(outgoing: OutgoingStep, row: StepRow) -> StepResult:
    """Return a recorded step's result, as far as later steps and the scenario's outcome depend on it."""
    decisive = (check.message for check in row.checks if check.outcome is row.outcome)
    result = build_unsent(outgoing, row.outcome, row.reason or next(decisive, ""))
    checks = [
        CheckResult(check=CheckName(check.check), outcome=check.outcome, message=check.message) for check in row.checks
    ]
    return dataclasses.replace(
        result, auth=row.auth or "", attempts=row.attempts, checks=checks, is_left_out=row.left_out is True
    )


def build_unanswered(outgoing: OutgoingStep, scope: Scope, *, base_url: str) -> StepResult:
    """Return the result of a write whose answer is not recorded; what it would have captured is lost.

    Its request is known as far as the ledger has it: with the placeholders of its path.
    """
    step, operation = outgoing.step, outgoing.operation
    lost = {capture.name: f"no answer to step '{step.name}' was recorded" for capture in step.captures}
    for name, why in lost.items():
        scope.lose(name, why)
    request = Request(
        method=operation.method,
        url=operation.find_base_url(base_url) + operation.path,
        operation=operation.label,
        effect=operation.effect,
    )
    result = build_unsent(outgoing, Outcome.ERRORED, NO_ANSWER)
    return dataclasses.replace(result, request=request, attempts=1, lost=lost)
