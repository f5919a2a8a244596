"""Runs one step: makes and sends its request, checks the answer, takes the captures."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from functools import partial

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.captures import check_capture
from contracts_runner.engine.conformance import check_conformance
from contracts_runner.engine.cookies import KeptCookies
from contracts_runner.engine.exchanger import Sending, send
from contracts_runner.engine.expectations import check_expectation
from contracts_runner.engine.expected_values import resolve_expected
from contracts_runner.engine.missing_codes import tell_uncoded
from contracts_runner.engine.missing_routes import tell_missing
from contracts_runner.engine.outgoing import OutgoingStep
from contracts_runner.engine.ports import Clock, Signer, Transport
from contracts_runner.engine.requests import Preparer, UnsentError
from contracts_runner.engine.retry_after import read_retry_after
from contracts_runner.engine.scope import Scope
from contracts_runner.engine.success import Answer, judge
from contracts_runner.faults import Fault, guard
from contracts_runner.model.checks import SPEC_CHECKS, CheckName, CheckResult
from contracts_runner.model.contract import Expectation, Retry, Step
from contracts_runner.model.environment import Environment
from contracts_runner.model.exchange import Exchange, Request, Response
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome, judge_checks
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Specs
from contracts_runner.project.files import NO_FILES, ProjectFiles

_GIVEN_UP = "not sent again: the answer is one at which `retry` gives up"


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
    is_left_out: bool = False  # by `when`: it takes no part in the scenario's outcome

    @property
    def is_as_expected(self) -> bool:
        """True if an answer came that the author's `expect` accepts, and that gave every capture."""
        return bool(self.answer) and not any(
            check.outcome.traits.is_broken for check in self.checks if check.check not in SPEC_CHECKS
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRunner:
    """Everything that a step needs of the run. `headers` go with every request; `learn` takes what must not be written
    down, by name; `cookies` are those that the scenario keeps."""

    specs: Specs
    environment: Environment
    base_url: str
    transport: Transport
    clock: Clock
    headers: Mapping[str, str]
    files: ProjectFiles = NO_FILES
    cookies: KeptCookies | None = None
    signer: Signer | None = None
    learn: Callable[[str, str], None] = lambda _name, _secret: None

    def run(self, outgoing: OutgoingStep, scope: Scope, *, scenario: str, number: int) -> StepResult:
        """Return the step's result; captures go into the scope. `number` is the step's in its scenario."""
        retry = outgoing.step.retry
        scope.begin_step(self.clock.now(), number)
        try:
            request, authorization = self._preparer.prepare(outgoing, scope, scenario=scenario)
            outgoing = _settle_expected(outgoing, scope)
        except UnsentError as error:
            return build_unsent(outgoing, error.outcome, str(error))
        if outgoing.step.expect.events is not None:
            request = dataclasses.replace(request, events=outgoing.step.expect.events)
        result = self._attempt(outgoing, request, scope, authorization.name)
        attempts = result.attempts
        deadline = self.clock.monotonic() + retry.for_seconds if retry else 0.0
        while retry and not result.is_as_expected:
            if retry.give_up and self._gives_up(retry, result, scope):
                result = dataclasses.replace(result, reason=f"{explain_step(result)}; {_GIVEN_UP}")
                break
            pause = self._find_pause(retry, result)
            if self.clock.monotonic() + pause > deadline:
                result = _explain_end(result, retry, pause)
                break
            self.clock.sleep(pause)
            result = self._attempt(outgoing, request, scope, authorization.name)
            attempts += result.attempts
        # What was kept back at last has sent nothing.
        is_last = attempts == result.attempts or not result.exchange
        return result if is_last else dataclasses.replace(result, attempts=attempts)

    @property
    def _preparer(self) -> Preparer:
        return Preparer(
            specs=self.specs,
            environment=self.environment,
            base_url=self.base_url,
            headers=self.headers,
            files=self.files,
            learn=self.learn,
        )

    def _find_pause(self, retry: Retry, result: StepResult) -> float:
        """Return the seconds before the next attempt: at least those that Retry-After asks for."""
        response = result.exchange.response if result.exchange else None
        asked = read_retry_after(response, now=self.clock.now()) if response else None
        return max(retry.every_seconds, asked or 0.0)

    def _gives_up(self, retry: Retry, result: StepResult, scope: Scope) -> bool:
        """Return whether all holds of an answer after which no other is asked for."""
        if result.answer is None:
            return False
        wanted = Expectation(success=None, body=retry.give_up)
        rows = check_expectation(
            wanted,
            result.answer,
            scope=scope,
            schemas=self.specs[result.step.spec].schemas,
            location=result.step.location,
        )
        return all(row.outcome is Outcome.PASSED for row in rows)

    def _attempt(self, outgoing: OutgoingStep, request: Request, scope: Scope, auth: str) -> StepResult:
        request = self.cookies.add_to(request) if self.cookies else request
        # What the author expects is no sign of a credential that has run out.
        is_expected = any(low <= 401 <= high for low, high in outgoing.step.expect.status or ())
        sending = send(self.transport, request, signer=self.signer, is_renewing=not is_expected)
        response = sending.exchange.response
        if response is None:
            return _without_response(outgoing, request, sending, auth)
        if self.cookies:
            self.cookies.take(request, response)
        answered = StepResult(
            step=outgoing.step,
            operation=outgoing.operation,
            auth=auth,
            outcome=Outcome.PASSED,
            request=request,
            exchange=sending.exchange,
            attempts=sending.attempts,
        )
        return self.judge(outgoing, response, answered, scope)

    def judge(self, outgoing: OutgoingStep, response: Response, answered: StepResult, scope: Scope) -> StepResult:
        """Return the result of an exchange that is there, whoever made it; what breaks is in it."""
        return guard(
            lambda: self._judge(outgoing, response, answered, scope),
            partial(add_fault, answered, CheckName.RESPONSE),
        )

    def _judge(self, outgoing: OutgoingStep, response: Response, result: StepResult, scope: Scope) -> StepResult:
        step, operation, spec = outgoing.step, outgoing.operation, self.specs[outgoing.operation.spec]
        answer = judge(operation, spec, response, depth=self.environment.limits.depth, read_as=step.expect.read_as)
        checks = list(check_expectation(step.expect, answer, scope=scope, schemas=spec.schemas, location=step.location))
        if step.expect.is_schema_checked and operation.is_described:
            checks += check_conformance(operation, spec, response, answer.body)
        if result.request is not None:
            is_simulated = self.environment.sandbox is not None
            checks = [*tell_missing(checks, spec, operation, result.request.url, answer, is_simulated=is_simulated)]
        checks = [*tell_uncoded(checks, spec, operation, answer)]
        captured: dict[str, Json] = {}
        for capture in step.captures:
            checks += check_capture(capture, answer, captured, is_claimed=step.expect.success is not None)
        for name, value in captured.items():
            scope.capture(name, value)
        outcome = judge_checks(check.outcome for check in checks)
        return dataclasses.replace(
            result,
            outcome=outcome,
            reason=_explain_unlooked(checks) if outcome is Outcome.PASSED else "",
            checks=checks,
            answer=answer,
            captured=captured,
        )


def _settle_expected(outgoing: OutgoingStep, scope: Scope) -> OutgoingStep:
    expect = resolve_expected(outgoing.step.expect, scope)
    if expect is outgoing.step.expect:
        return outgoing
    return dataclasses.replace(outgoing, step=dataclasses.replace(outgoing.step, expect=expect))


def _explain_unlooked(checks: Sequence[CheckResult]) -> str:
    """Return what stands beside the outcome of a step that passed: the checks that could not be applied, and why."""
    return "; ".join(f"{row.check} {row.message}" for row in checks if row.outcome is Outcome.SKIPPED)


def explain_step(result: StepResult) -> str:
    """Return a step's reason, or that of its first decisive check; for passed what was not looked at."""
    if result.reason or result.outcome is Outcome.PASSED:
        return result.reason
    return next((check.message for check in result.checks if check.outcome is result.outcome), "")


def build_unsent(
    outgoing: OutgoingStep, outcome: Outcome, reason: str, *, request: Request | None = None
) -> StepResult:
    """Return the result of a step that was not sent, and why; `request` is None where it was not made."""
    step, operation = outgoing.step, outgoing.operation
    return StepResult(step=step, operation=operation, auth="", outcome=outcome, reason=reason, request=request)


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


def _without_response(outgoing: OutgoingStep, request: Request, sending: Sending, auth: str) -> StepResult:
    outcome, problem = sending.outcome, sending.exchange.problem
    unanswered = build_unsent(outgoing, outcome, problem, request=request)
    if outcome is Outcome.BLOCKED or not sending.attempts:
        return unanswered
    row = CheckResult(check=CheckName.RESPONSE, outcome=outcome, message=problem, location=outgoing.step.location)
    return dataclasses.replace(
        unanswered, auth=auth, checks=[row], exchange=sending.exchange, attempts=sending.attempts
    )
