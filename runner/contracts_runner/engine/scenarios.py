"""Runs one scenario: its steps in order, then its cleanup, whatever happened."""

import dataclasses
import itertools
from collections.abc import Callable, Sequence
from dataclasses import field
from functools import partial

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.conditions import find_exclusion, list_captures_left_out
from contracts_runner.engine.cookies import KeptCookies
from contracts_runner.engine.known import find_current, find_gone, judge_known, mark_fixed
from contracts_runner.engine.needs import Given, Needs
from contracts_runner.engine.other_answer import leave_unlooked
from contracts_runner.engine.outgoing import OutgoingStep, decide_scenario, decide_step, explain_cause
from contracts_runner.engine.ports import Emit
from contracts_runner.engine.progress import KEPT_BACK, Progress, build_unanswered, recall_step
from contracts_runner.engine.recording import Recorder
from contracts_runner.engine.request_values import list_held_names
from contracts_runner.engine.scope import Scope, UnresolvedError, ValueSource
from contracts_runner.engine.steps import (
    StepResult,
    StepRunner,
    add_fault,
    build_unrecorded,
    build_unsent,
    explain_step,
)
from contracts_runner.faults import guard
from contracts_runner.model.checks import CheckName, has_cleaned_up, judge_cleanup
from contracts_runner.model.contract import Scenario
from contracts_runner.model.outcome import Outcome, find_worst, list_decisive
from contracts_runner.model.spec import Effect
from contracts_runner.reading.expressions import ROW
from contracts_runner.results.events import ScenarioFinished, ScenarioStarted

# What lets an entry of `known` be judged: every step came to its end.
_AS_DESCRIBED = (Outcome.PASSED, Outcome.KNOWN)
NO_COOKIES = "not sent: the cookies of the steps before were lost when the run was interrupted"
CLEANED_UP = "not sent: the run was interrupted, and the cleanup has run since; start a new run of this scenario"
GAP = "the run was interrupted and resumed between this step and the one before"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRunner:
    """Runs scenarios in one environment. `is_stopped` is asked before each step that is not cleanup.

    `needs` has what the scenarios that they need have given. `progress`: how far the scenario was when an earlier
    process ended, if it goes on there.
    """

    steps: StepRunner
    recorder: Recorder
    emit: Emit
    run_id: str
    is_stopped: Callable[[], bool] = lambda: False
    needs: Needs = field(default_factory=lambda: Needs({}))
    progress: Progress | None = None
    values: ValueSource = field(default_factory=ValueSource)

    @property
    def is_resuming(self) -> bool:
        """True if a part of the scenario was run by an earlier process, so that it cannot be skipped."""
        return self.progress is not None

    def run(self, scenario: Scenario) -> Outcome:
        """Run it and return its outcome; everything else is in the events. A step that breaks is errored."""
        runner = self._with_cookies(scenario)
        return runner._finish(runner._begin(scenario))

    def begin(self, scenario: Scenario) -> Given:
        """Run the steps of a scenario that others need, and return what it gives them."""
        runner = self._with_cookies(scenario)
        begun = runner._begin(scenario)
        captures, lost = begun.scope.list_captures()
        return Given(
            outcome=combine(begun.results, ()),
            captures=captures,
            lost=lost,
            left_out=list_captures_left_out((each.step for each in begun.results if each.is_left_out), begun.scope),
            finish=partial(runner._finish, begun),
        )

    def _with_cookies(self, scenario: Scenario) -> "ScenarioRunner":
        """Return the runner for one scenario, which keeps its cookies if it says so."""
        if not scenario.keeps_cookies:
            return self
        return dataclasses.replace(self, steps=dataclasses.replace(self.steps, cookies=KeptCookies()))

    def _begin(self, scenario: Scenario) -> "_Begun":
        started = self.steps.clock.monotonic()
        scope = Scope(
            variables=self.steps.environment.variables,
            run_id=self.run_id,
            scenario_id=scenario.id,
            source=self.values,
        )
        scope.begin_step(self.steps.clock.now(), 0)
        scope.define(scenario.variables)
        if scenario.row is not None:
            scope.share(ROW, scenario.row)
        for alias, identifier in scenario.needs.items():
            if given := self.needs.find(identifier):
                scope.share(alias, given.captures, given.lost, given.left_out)
        if self.progress is None:
            self.emit(ScenarioStarted(scenario=scenario.id))
        else:
            self.progress.restore(scope)
        outgoing = decide_scenario(scenario, self.steps.specs, self.steps.environment)
        cleanup = [decide_step(step, self.steps.specs, self.steps.environment) for step in scenario.cleanup]
        results = self._run_steps(scenario, outgoing, cleanup, scope)
        return _Begun(
            scenario=scenario,
            scope=scope,
            results=results,
            cleanup=cleanup,
            may_have_written=any(map(_may_have_written, outgoing, results)),
            seconds=self.steps.clock.monotonic() - started,
        )

    def _finish(self, begun: "_Begun") -> Outcome:
        """Run the cleanup, and record how the scenario ended."""
        started, results = self.steps.clock.monotonic(), begun.results
        cleanups = self._run_cleanup(begun)
        outcome = combine(results, cleanups)
        seconds = begun.seconds + self.steps.clock.monotonic() - started
        self.emit(
            ScenarioFinished(
                scenario=begun.scenario.id,
                outcome=outcome,
                reason=guard(lambda: self.recorder.redactor.text(explain(outcome, results, cleanups)), str),
                duration_ms=round(seconds * 1000, 1),
            )
        )
        return outcome

    def leave_out(self, scenario: Scenario, outcome: Outcome, reason: str) -> None:
        """Record that the scenario was not run (skipped or blocked), and why."""
        self.emit(ScenarioStarted(scenario=scenario.id))
        outgoing = decide_scenario(scenario, self.steps.specs, self.steps.environment)
        for number, step in enumerate(outgoing, start=1):
            self._emit_step(scenario, build_unsent(step, outcome, reason), number, is_cleanup=False)
        self.emit(ScenarioFinished(scenario=scenario.id, outcome=outcome, reason=reason, duration_ms=0.0))

    def _run_steps(
        self, scenario: Scenario, outgoing: Sequence[OutgoingStep], cleanup: Sequence[OutgoingStep], scope: Scope
    ) -> list[StepResult]:
        # That a probe was refused says nothing of the write; and the cleanup may still show what is known.
        is_shown = not any(step.is_probed for step in outgoing) and all(step.is_kept_back for step in cleanup)
        results: list[StepResult] = []
        for number, step in enumerate(outgoing, start=1):
            recorded = self._recall(step, number)
            if recorded is not None:
                results.append(recorded)
                continue
            before = tuple(results)
            run = partial(self._run_step, step, number, scope, before, scenario=scenario.id)
            result = _guard_step(step, self._unless_left_out(step, scope, before, run, is_cleanup=False))
            judged = self._judge_known(scenario, result, before, is_last=number == len(outgoing) and is_shown)
            results.append(self._emit_step(scenario, self._add_gap(judged, number), number, is_cleanup=False))
        return results

    def _judge_known(
        self, scenario: Scenario, result: StepResult, before: Sequence[StepResult], *, is_last: bool
    ) -> StepResult:
        """Return a result as `known`; the last one, if all came to their end and a known one is gone, as `fixed`."""

        def judge() -> StepResult:
            environment, today = self.steps.environment.name, self.steps.clock.now().date()
            judged = leave_unlooked(judge_known(result, scenario.known, environment=environment, today=today))
            results = (*before, judged)
            if (
                not is_last
                or judged.is_left_out
                or any(each.outcome not in _AS_DESCRIBED for each in results if not each.is_left_out)
            ):
                return judged
            gone = find_gone(find_current(scenario.known, environment=environment, today=today), results)
            return mark_fixed(judged, gone) if gone else judged

        return guard(judge, partial(add_fault, result, CheckName.KNOWN))

    def _unless_left_out(
        self,
        outgoing: OutgoingStep,
        scope: Scope,
        before: Sequence[StepResult],
        run: Callable[[], StepResult],
        *,
        is_cleanup: bool,
    ) -> Callable[[], StepResult]:
        """Return what runs a step, or leaves it out as its `when` says, or that of one whose captures it needs."""

        def decide() -> StepResult:
            missing = list_captures_left_out((each.step for each in before if each.is_left_out), scope)
            try:
                schemas = self.steps.specs[outgoing.step.spec].schemas
                held = list_held_names(outgoing.step, outgoing.operation, self.steps.files) if missing else ()
                exclusion = find_exclusion(outgoing.step, missing, scope, schemas, held)
            except UnresolvedError as error:
                has_ended = any(not each.outcome.traits.goes_on for each in before if not each.is_left_out)
                if has_ended and not is_cleanup:
                    return run()  # it is not sent, and the step that gave no value is why
                return build_unsent(outgoing, Outcome.ERRORED, f"not sent: `when` cannot be judged: {error}")
            if exclusion is None:
                return run()
            return dataclasses.replace(build_unsent(outgoing, Outcome.SKIPPED, exclusion), is_left_out=True)

        is_open = outgoing.step.when or scope.left_out or any(each.is_left_out for each in before)
        return decide if is_open else run

    def _run_step(
        self, outgoing: OutgoingStep, number: int, scope: Scope, results: Sequence[StepResult], *, scenario: str
    ) -> StepResult:
        if self._is_doubtful(outgoing, number):
            return build_unanswered(outgoing, scope, base_url=self.steps.base_url)
        if self._has_lost_cookies:
            return build_unsent(outgoing, Outcome.ERRORED, NO_COOKIES)
        if self.progress is not None and self.progress.has_cleaned_up:
            return build_unsent(outgoing, Outcome.ERRORED, CLEANED_UP)
        has_broken = any(
            not result.outcome.traits.goes_on and result.outcome is not Outcome.SKIPPED for result in results
        )
        if self.is_stopped() and not has_broken:
            return build_unsent(outgoing, Outcome.SKIPPED, KEPT_BACK)
        cause = explain_cause([(result.step.name, result.outcome) for result in results if not result.is_left_out])
        if cause:
            return build_unsent(outgoing, Outcome.BLOCKED, cause)
        if outgoing.probed_before:
            return build_unsent(outgoing, Outcome.BLOCKED, outgoing.reason)
        return self.steps.run(outgoing, scope, scenario=scenario, number=number)

    def _run_cleanup(self, begun: "_Begun") -> list[StepResult]:
        scenario, scope, results = begun.scenario, begun.scope, begun.results
        if self.progress is None and not any(result.attempts for result in results):
            # Nothing was sent, so there is nothing to clean up.
            return []
        cleanups: list[StepResult] = []
        for number, step in enumerate(begun.cleanup, start=len(results) + 1):
            recorded = self._recall(step, number)
            if recorded is not None:
                cleanups.append(recorded)
                continue
            is_needed = begun.may_have_written
            run = partial(self._run_cleanup_step, step, number, scope, scenario=scenario.id, is_needed=is_needed)
            is_last = number == len(results) + len(begun.cleanup)
            before = (*results, *cleanups)
            result = _guard_step(step, self._unless_left_out(step, scope, before, run, is_cleanup=True))
            judged = self._judge_known(scenario, result, before, is_last=is_last)
            cleanups.append(self._emit_step(scenario, judged, number, is_cleanup=True))
        return cleanups

    def _run_cleanup_step(
        self, outgoing: OutgoingStep, number: int, scope: Scope, *, scenario: str, is_needed: bool
    ) -> StepResult:
        """Return the step's result, errored where it could not be sent and a write had left (`is_needed`)."""
        if self._is_doubtful(outgoing, number):
            return build_unanswered(outgoing, scope, base_url=self.steps.base_url)
        if self._has_lost_cookies:
            return build_unsent(outgoing, Outcome.ERRORED, NO_COOKIES)
        result = self.steps.run(outgoing, scope, scenario=scenario, number=number)
        is_left = is_needed and result.outcome is Outcome.BLOCKED
        return dataclasses.replace(result, outcome=Outcome.ERRORED) if is_left else result

    def _recall(self, outgoing: OutgoingStep, number: int) -> StepResult | None:
        """Return the recorded result of a step that an earlier process ran, None for one that is still to run."""
        row = self.progress.rows.get(number) if self.progress else None
        return recall_step(outgoing, row) if row else None

    def _is_doubtful(self, outgoing: OutgoingStep, number: int) -> bool:
        return self.progress is not None and self.progress.is_doubtful_write(number, outgoing.operation)

    @property
    def _has_lost_cookies(self) -> bool:
        """True if the steps of an earlier process may have set cookies: they are not in the ledger."""
        return self.progress is not None and self.steps.cookies is not None

    def _add_gap(self, result: StepResult, number: int) -> StepResult:
        """Add to the reason of a broken step that time passed before it, which may be why."""
        is_first = self.progress is not None and number == self.progress.next_number
        is_broken = result.outcome.traits.is_broken and result.exchange is not None
        if is_first and number > 1 and is_broken:
            return dataclasses.replace(result, reason=f"{explain_step(result)}; {GAP}")
        return result

    def _emit_step(self, scenario: Scenario, result: StepResult, number: int, *, is_cleanup: bool) -> StepResult:
        """Record a step; returns the result as it was recorded."""

        def emit(recorded: StepResult) -> StepResult:
            self.emit(self.recorder.record(recorded, scenario=scenario.id, number=number, is_cleanup=is_cleanup))
            return recorded

        return guard(lambda: emit(result), lambda fault: emit(build_unrecorded(result, fault)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """A scenario whose steps have ended, and whose cleanup has not begun. `seconds`: how long they took."""

    scenario: Scenario
    scope: Scope
    results: Sequence[StepResult]
    cleanup: Sequence[OutgoingStep]
    may_have_written: bool
    seconds: float


def _guard_step(outgoing: OutgoingStep, run: Callable[[], StepResult]) -> StepResult:
    return guard(run, lambda fault: build_unsent(outgoing, Outcome.ERRORED, f"not sent: {fault}"))


def combine(results: Sequence[StepResult], cleanups: Sequence[StepResult]) -> Outcome:
    """Return the scenario's outcome (docs/design.md, Outcomes)."""
    decisive = list_decisive(
        (result.outcome for result in results if not result.is_left_out), map(_judge_cleanup, cleanups)
    )
    return find_worst(decisive or [Outcome.SKIPPED])


def _may_have_written(outgoing: OutgoingStep, result: StepResult) -> bool:
    """True if a write of the step left. A probe writes nothing, by construction."""
    return result.attempts > 0 and result.operation.effect is Effect.WRITE and not outgoing.is_probed


def _list_rows(result: StepResult) -> list[tuple[str, Outcome]]:
    return [(check.check, check.outcome) for check in result.checks]


def _judge_cleanup(result: StepResult) -> Outcome:
    return judge_cleanup(result.outcome, _list_rows(result))


def explain(outcome: Outcome, results: Sequence[StepResult], cleanups: Sequence[StepResult]) -> str:
    """Return the reason of a scenario's outcome in one sentence; for passed what was not looked at."""
    if outcome is Outcome.PASSED:
        return "; ".join(filter(None, map(explain_step, results)))
    left = [each for each in cleanups if each.outcome.traits.is_notable and not has_cleaned_up(_list_rows(each))]
    others = [each for each in cleanups if not any(each is step for step in left)]
    decisive = (each for each in (*results, *others) if each.outcome is outcome)
    sentences = [explain_step(each) for each in itertools.islice(decisive, 1)]
    for each in left:
        sentences.append(f"state was left behind, cleanup '{each.step.name}' failed: {explain_step(each)}")
    return "; ".join(sentences)
