"""Runs one step: makes and sends its request, checks the answer, takes the captures."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from contracts_runner.engine.conformance import check_conformance
from contracts_runner.engine.exchanger import Sending, send
from contracts_runner.engine.expectations import check_expectation
from contracts_runner.engine.jsonpath import NothingFoundError, find_in_body
from contracts_runner.engine.outgoing import OutgoingStep
from contracts_runner.engine.ports import Clock, Transport
from contracts_runner.engine.requests import Preparer, UnsentError
from contracts_runner.engine.retry_after import read_retry_after
from contracts_runner.engine.scope import Scope
from contracts_runner.engine.success import Answer, judge
from contracts_runner.faults import Fault, guard
from contracts_runner.model.checks import SPEC_CHECKS, CheckName, CheckResult
from contracts_runner.model.contract import Capture, Retry, Step
from contracts_runner.model.environment import Environment
from contracts_runner.model.exchange import Exchange, Request, Response
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome, judge_checks
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Specs
from contracts_runner.project.files import NO_FILES, ProjectFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """The result of one step. `exchange` is None when nothing was sent; `answer` is None without a response."""

    step: Step
    operation: Operation
    auth: str  # what left the process, "" where nothing did
    outcome: Outcome
    reason: str = ""
    checks: Sequence[CheckResult] = ()
    request: Request | None = None
    exchange: Exchange | None = None
    answer: Answer | None = None
    attempts: int = 0
    captured: Mapping[str, Json] = field(default_factory=dict)
    lost: Mapping[str, str] = field(default_factory=dict)  # capture -> why its value cannot be known

    @property
    def is_as_expected(self) -> bool:
        """True if an answer came that the author's `expect` accepts, and that gave every capture."""
        return bool(self.answer) and not any(
            check.outcome.traits.is_broken for check in self.checks if check.check not in SPEC_CHECKS
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRunner:
    """Everything that a step needs of the run. `headers` go with every request."""

    specs: Specs
    environment: Environment
    base_url: str
    transport: Transport
    clock: Clock
    headers: Mapping[str, str]
    files: ProjectFiles = NO_FILES

    def run(self, outgoing: OutgoingStep, scope: Scope, *, scenario: str) -> StepResult:
        """Return the step's result; captures go into the scope."""
        retry = outgoing.step.retry
        scope.begin_step(self.clock.now())
        try:
            request, authorization = self._preparer.prepare(outgoing, scope, scenario=scenario)
        except UnsentError as error:
            return build_unsent(outgoing, error.outcome, str(error))
        result = self._attempt(outgoing, request, scope)
        attempts = result.attempts
        deadline = self.clock.monotonic() + retry.for_seconds if retry else 0.0
        while retry and not result.is_as_expected:
            pause = self._find_pause(retry, result)
            if self.clock.monotonic() + pause > deadline:
                result = _explain_end(result, retry, pause)
                break
            self.clock.sleep(pause)
            result = self._attempt(outgoing, request, scope)
            attempts += result.attempts
        # What was kept back at last has sent nothing.
        return dataclasses.replace(result, attempts=attempts, auth=authorization.name) if result.exchange else result

    @property
    def _preparer(self) -> Preparer:
        return Preparer(
            specs=self.specs,
            environment=self.environment,
            base_url=self.base_url,
            headers=self.headers,
            files=self.files,
        )

    def _find_pause(self, retry: Retry, result: StepResult) -> float:
        """Return the seconds before the next attempt: at least those that Retry-After asks for."""
        response = result.exchange.response if result.exchange else None
        asked = read_retry_after(response, now=self.clock.now()) if response else None
        return max(retry.every_seconds, asked or 0.0)

    def _attempt(self, outgoing: OutgoingStep, request: Request, scope: Scope) -> StepResult:
        result = dataclasses.replace(build_unsent(outgoing, Outcome.PASSED, ""), request=request)
        sending = send(self.transport, request)
        response = sending.exchange.response
        if response is None:
            return _without_response(result, sending)
        answered = dataclasses.replace(result, exchange=sending.exchange, attempts=sending.attempts)
        return guard(
            lambda: self._judge(outgoing, response, answered, scope),
            partial(add_fault, answered, CheckName.RESPONSE),
        )

    def _judge(self, outgoing: OutgoingStep, response: Response, result: StepResult, scope: Scope) -> StepResult:
        step, operation, spec = outgoing.step, outgoing.operation, self.specs[outgoing.operation.spec]
        answer = judge(operation, spec, response, depth=self.environment.limits.depth)
        checks = list(check_expectation(step.expect, answer, scope=scope, schemas=spec.schemas, location=step.location))
        if step.expect.is_schema_checked and operation.is_described:
            checks += check_conformance(operation, spec, response, answer.body)
        captured = {}
        for capture in step.captures:
            take = partial(_take_capture, capture, answer, scope, is_claimed=step.expect.success is not None)
            rows = CheckResult.attempt(CheckName.CAPTURE, take, path=capture.path, location=capture.location)
            if not rows:
                captured[capture.name] = scope.find_capture(capture.name)
            checks += rows
        outcome = judge_checks(check.outcome for check in checks)
        return dataclasses.replace(
            result,
            outcome=outcome,
            reason=_explain_unlooked(checks) if outcome is Outcome.PASSED else "",
            checks=checks,
            answer=answer,
            captured=captured,
        )


def _take_capture(capture: Capture, answer: Answer, scope: Scope, *, is_claimed: bool) -> Iterator[CheckResult]:
    """Put the value into the scope; yield a row if it is missing: failed, or errored where the contract claims nothing
    of the answer (`success: null`), so that only later steps suffer."""
    try:
        scope.capture(capture.name, find_in_body(capture.path, answer.body))
    except NothingFoundError as error:
        yield CheckResult(
            check=CheckName.CAPTURE,
            outcome=Outcome.FAILED if is_claimed else Outcome.ERRORED,
            message=f"'{capture.name}' cannot be captured: {error}"
            + ("" if is_claimed else "; the contract claims nothing of this answer, but the next steps need it"),
            path=capture.path,
            location=capture.location,
        )


def _explain_unlooked(checks: Sequence[CheckResult]) -> str:
    """Return what stands beside the outcome of a step that passed: the checks that could not be applied, and why."""
    return "; ".join(f"{row.check} {row.message}" for row in checks if row.outcome is Outcome.SKIPPED)


def explain_step(result: StepResult) -> str:
    """Return a step's reason, or that of its first decisive check; for passed what was not looked at."""
    if result.reason or result.outcome is Outcome.PASSED:
        return result.reason
    return next((check.message for check in result.checks if check.outcome is result.outcome), "")


def build_unsent(outgoing: OutgoingStep, outcome: Outcome, reason: str) -> StepResult:
    """Return the result of a step whose request was not made, and why."""
    step = outgoing.step
    return StepResult(step=step, operation=outgoing.operation, auth="", outcome=outcome, reason=reason)


def add_fault(result: StepResult, check: CheckName, fault: Fault) -> StepResult:
    """Return a result with an errored row more: what followed its answer broke."""
    row = CheckResult(
        check=check, outcome=Outcome.ERRORED, message=f"cannot be judged: {fault}", location=result.step.location
    )
    checks = [*result.checks, row]
    return dataclasses.replace(result, outcome=judge_checks(each.outcome for each in checks), checks=checks)


def build_unrecorded(result: StepResult, fault: Fault) -> StepResult:
    """Return what can be recorded of a step whose exchange, checks or captures cannot be."""
    lost = dict.fromkeys((capture.name for capture in result.step.captures), "the step could not be recorded")
    return StepResult(
        step=result.step,
        operation=result.operation,
        auth=result.auth,
        outcome=Outcome.ERRORED,
        reason=f"the step cannot be recorded: {fault}",
        attempts=result.attempts,
        lost=lost,
    )


def _explain_end(result: StepResult, retry: Retry, pause: float) -> StepResult:
    """Return the result of the last attempt; its reason says so where Retry-After is why there is no other."""
    response = result.exchange.response if result.exchange else None
    if response is None or pause <= retry.every_seconds:
        return result
    why = f"not sent again: Retry-After: {response.header('retry-after')} is beyond the `for` of `retry`"
    return dataclasses.replace(result, reason=f"{explain_step(result)}; {why} ({retry.for_seconds:g} s)")


def _without_response(result: StepResult, sending: Sending) -> StepResult:
    outcome, problem = sending.outcome, sending.exchange.problem
    unanswered = dataclasses.replace(result, outcome=outcome, reason=problem)
    if outcome is Outcome.BLOCKED:
        return unanswered
    row = CheckResult(check=CheckName.RESPONSE, outcome=outcome, message=problem, location=result.step.location)
    return dataclasses.replace(unanswered, checks=[row], exchange=sending.exchange, attempts=sending.attempts)
