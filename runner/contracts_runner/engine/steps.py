"""Runs one step: chooses its variant, builds and sends the request, checks the answer, takes the captures."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from contracts_runner.engine.authorization import Authorization, AuthorizationError, authorize
from contracts_runner.engine.conformance import check_conformance
from contracts_runner.engine.exchanger import Sending, judge, send
from contracts_runner.engine.expectations import Answer, check_expectation, describe_no_json
from contracts_runner.engine.jsonpath import NothingFoundError, find
from contracts_runner.engine.parameters import ParameterError
from contracts_runner.engine.ports import Clock, Transport
from contracts_runner.engine.requests import BodyError, build_request, choose_media_type, is_json_type
from contracts_runner.engine.scope import LostValueError, Scope, UnresolvedError
from contracts_runner.model.checks import CheckResult
from contracts_runner.model.contract import Capture, Expectation, Retry, Step, StepVariant, Unset
from contracts_runner.model.environment import Environment, WritePolicy
from contracts_runner.model.exchange import Exchange, Request
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome, find_worst
from contracts_runner.model.spec import Effect, Operation
from contracts_runner.openapi.spec import Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """What one step came to. `exchange` is None when nothing was sent; `answer` is None without a response."""

    step: Step
    operation: Operation
    auth: str
    outcome: Outcome
    reason: str = ""
    checks: Sequence[CheckResult] = ()
    request: Request | None = None
    exchange: Exchange | None = None
    answer: Answer | None = None
    attempts: int = 0
    captured: Mapping[str, Json] = field(default_factory=dict)
    lost: Mapping[str, str] = field(default_factory=dict)  # capture -> why its value cannot be known


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRunner:
    """Everything that a step needs of the run. `headers` go with every request."""

    spec: Spec
    environment: Environment
    base_url: str
    transport: Transport
    clock: Clock
    headers: Mapping[str, str]

    def run(self, step: Step, scope: Scope, *, scenario: str) -> StepResult:
        """Return the step's result; captures go into the scope."""
        operation = find_operation(self.spec, step)
        variant = choose_variant(step, operation, self.environment)
        scope.begin_step(self.clock.now())
        try:
            authorization = self._authorize(variant, operation)
            request = self._build(variant, operation, authorization, scope, scenario)
        except LostValueError as error:
            return _unsent(variant, operation, Outcome.ERRORED, f"not sent: {error}")
        except UnresolvedError as error:
            return _unsent(variant, operation, Outcome.BLOCKED, f"not sent: {error}")
        except (ParameterError, AuthorizationError, BodyError, _InvalidRequestError) as error:
            return _unsent(variant, operation, Outcome.ERRORED, f"not sent: {error}")
        attempts = 1
        result = self._attempt(variant, operation, request, scope)
        deadline = self.clock.monotonic() + variant.retry.for_seconds if variant.retry else 0.0
        while variant.retry and is_worth_retrying(result.outcome) and self._can_wait(variant.retry, deadline):
            attempts += 1
            result = self._attempt(variant, operation, request, scope)
        return dataclasses.replace(result, attempts=attempts if result.exchange else 0, auth=authorization.name)

    def _authorize(self, step: Step, operation: Operation) -> Authorization:
        schemes, credentials = self.spec.security_schemes, self.environment.credentials
        return authorize(step.auth, operation=operation, schemes=schemes, credentials=credentials)

    def _can_wait(self, retry: Retry, deadline: float) -> bool:
        if self.clock.monotonic() + retry.every_seconds > deadline:
            return False
        self.clock.sleep(retry.every_seconds)
        return True

    def _build(
        self, step: Step, operation: Operation, authorization: Authorization, scope: Scope, scenario: str
    ) -> Request:
        body = step.body if isinstance(step.body, Unset) else scope.evaluate(step.body)
        parameters = scope.evaluate(dict(step.parameters))
        if not step.is_invalid_request:
            self._check_body(operation, body)
        return build_request(
            operation,
            base_url=self.base_url,
            parameters=parameters,
            body=body,
            authorization=authorization,
            headers=self.headers,
            is_probe=is_probed(step, operation, self.environment),
            scenario=scenario,
            step=step.name,
        )

    def _check_body(self, operation: Operation, body: object) -> None:
        if operation.body is None:
            return
        if isinstance(body, Unset):
            if operation.body.is_required:
                raise _InvalidRequestError("the spec requires a body; `invalid_request: true` sends it all the same")
            return
        media_type = choose_media_type(operation)
        pointer = operation.body.schemas.get(media_type, "")
        errors = self.spec.schemas.check_request(pointer, body) if pointer and is_json_type(media_type) else []
        if errors:
            raise _InvalidRequestError(
                f"the body does not match the spec: {errors[0].path} {errors[0].message}; "
                "`invalid_request: true` sends it all the same"
            )

    def _attempt(self, step: Step, operation: Operation, request: Request, scope: Scope) -> StepResult:
        result = StepResult(
            step=step, operation=operation, auth=step.auth or "", outcome=Outcome.PASSED, request=request
        )
        sending = send(self.transport, request)
        response = sending.exchange.response
        if response is None:
            return _without_response(result, sending)
        answer = judge(operation, self.spec, response, depth=self.environment.limits.depth)
        checks = list(
            check_expectation(step.expect, answer, scope=scope, schemas=self.spec.schemas, location=step.location)
        )
        if step.expect.is_schema_checked and operation.is_described:
            checks += check_conformance(operation, self.spec, response, answer.body)
        captured = {}
        for capture in step.captures:
            row = take_capture(capture, answer, scope, is_claimed=step.expect.success is not None)
            if row is None:
                captured[capture.name] = scope.find_capture(capture.name)
            else:
                checks.append(row)
        return dataclasses.replace(
            result,
            outcome=find_worst(check.outcome for check in checks) if checks else Outcome.PASSED,
            checks=checks,
            exchange=sending.exchange,
            answer=answer,
            captured=captured,
        )


class _InvalidRequestError(Exception):
    """The author's request does not match the spec, and is not meant to."""


def is_worth_retrying(outcome: Outcome) -> bool:
    """True if a later attempt could turn out better."""
    return outcome in (Outcome.FAILED, Outcome.ERRORED)


def find_operation(spec: Spec, step: Step) -> Operation:
    """Return the step's operation; a "METHOD /path" that the spec lacks becomes one without promises."""
    operation = spec.find_operation(step.operation)
    if operation is not None:
        return operation
    method, _, path = step.operation.partition(" ")
    return Operation(
        spec=spec.key,
        label=step.operation,
        method=method,
        path=path,
        effect=Effect.READ if method in ("GET", "HEAD", "OPTIONS", "TRACE") else Effect.WRITE,
        is_described=False,
        location=step.location,
    )


def choose_variant(step: Step, operation: Operation, environment: Environment) -> Step:
    """Return the step as this environment wants it: `in:` first, then `probe:` for a write under `writes: probe`.

    A probe without an expectation of its own must be refused: its ids cannot exist. It captures nothing.
    """
    chosen = step
    if environment.name in step.variants:
        chosen = _apply(chosen, step.variants[environment.name])
    if step.probe is not None and is_probed(step, operation, environment):
        expect = step.probe.expect or Expectation(success=False)
        chosen = dataclasses.replace(_apply(chosen, step.probe), expect=expect, captures=())
    return chosen


def is_probed(step: Step, operation: Operation, environment: Environment) -> bool:
    """True if a write is not sent as it stands, but as its harmless probe."""
    return operation.effect is Effect.WRITE and environment.writes is WritePolicy.PROBE and step.probe is not None


def _apply(step: Step, variant: StepVariant) -> Step:
    return dataclasses.replace(
        step,
        parameters={**step.parameters, **variant.parameters},
        body=step.body if isinstance(variant.body, Unset) else variant.body,
        auth=variant.auth or step.auth,
        expect=variant.expect or step.expect,
    )


def take_capture(capture: Capture, answer: Answer, scope: Scope, *, is_claimed: bool = True) -> CheckResult | None:
    """Put the value into the scope; returns a row when it is not there: failed, or errored where the contract claims
    nothing of the answer (`success: null`), so that only the way on is lost."""
    try:
        if not answer.body.is_json:
            raise NothingFoundError(describe_no_json(answer))
        scope.capture(capture.name, find(capture.path, answer.body.value))
    except NothingFoundError as error:
        return CheckResult(
            check="capture",
            outcome=Outcome.FAILED if is_claimed else Outcome.ERRORED,
            message=f"'{capture.name}' cannot be captured: {error}"
            + ("" if is_claimed else "; the contract claims nothing of this answer, but the next steps need it"),
            path=capture.path,
            location=capture.location,
        )
    return None


def _unsent(step: Step, operation: Operation, outcome: Outcome, reason: str) -> StepResult:
    return StepResult(step=step, operation=operation, auth=step.auth or "", outcome=outcome, reason=reason)


def _without_response(result: StepResult, sending: Sending) -> StepResult:
    outcome, problem = sending.outcome, sending.exchange.problem
    unanswered = dataclasses.replace(result, outcome=outcome, reason=problem)
    if outcome is Outcome.BLOCKED:
        return unanswered
    row = CheckResult(check="response", outcome=outcome, message=problem, location=result.step.location)
    return dataclasses.replace(unanswered, checks=[row], exchange=sending.exchange)
