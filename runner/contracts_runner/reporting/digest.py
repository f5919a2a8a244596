"""One line about a scenario: the step that decided its outcome, and the check that decided the step."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.results.results import EndpointRow
from contracts_runner.results.rows import CheckRow, EndpointState, ScenarioRow, StepRow

# The rows of the endpoints by operation.
Endpoints = Mapping[str, EndpointRow]
# What a scenario shows that has no step, a step that has no check, an operation that has no row.
_NO_STEP = StepRow(outcome=Outcome.ERRORED)
_NO_CHECK = CheckRow(outcome=Outcome.PASSED)
_NO_ENDPOINT = EndpointRow(operation="", state=EndpointState.NEVER_PROBED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A row of the test matrix. `status`, `latency_ms` are None without a response, `answer` says it in words;
    `expected`, `actual` belong to the deciding check; `note` is the reason and that check's message; `provenance` is
    every operation of the scenario with the grade of its evidence."""

    document: str
    section: str
    place: str  # "step 2 of 3", "" for the only step
    operation: str
    method: str
    path: str
    status: int | None
    answer: str
    latency_ms: float | None
    expected: Json
    actual: Json
    evidence: str
    provenance: str  # "listOrders: documented; getOrder: observed"
    artifact: str
    note: str


def build_digest(scenario: ScenarioRow, endpoints: Endpoints) -> Digest:
    """Return the digest of a row of `scenarios`; `endpoints` are the rows of that name by operation."""
    step = find_deciding_step(scenario) or _NO_STEP
    check = find_deciding_check(step) or _NO_CHECK
    request, response = step.request, step.response
    endpoint = endpoints.get(step.operation, _NO_ENDPOINT)
    return Digest(
        document=scenario.source.document if scenario.source else "",
        section=scenario.source.section if scenario.source else "",
        place=find_place(scenario, step),
        operation=step.operation,
        method=(request.method if request else "") or endpoint.method or "",
        path=find_path(request.url) if request else endpoint.path or "",
        status=response.status if response else None,
        answer=render_answer(step),
        latency_ms=response.latency_ms if response else None,
        expected=check.expected,
        actual=check.actual,
        evidence=endpoint.evidence or "",
        provenance=render_provenance(scenario, endpoints),
        artifact=step.artifact or "",
        note=render_note(scenario, step, check),
    )


def find_deciding_step(scenario: ScenarioRow) -> StepRow | None:
    """Return the first step with the scenario's outcome; the last step proper of one that passed; for an outcome that
    no step has (a failed cleanup, an unfinished scenario) the first step that is not passed, else the last one."""
    steps = list(scenario.steps)
    proper = [step for step in steps if not step.cleanup] or steps
    if not steps or scenario.outcome is Outcome.PASSED:
        return proper[-1] if proper else None
    same = [step for step in proper if step.outcome is scenario.outcome]
    other = [step for step in steps if step.outcome is not Outcome.PASSED]
    return next(iter(same or other or proper[-1:]))


def find_deciding_check(step: StepRow) -> CheckRow | None:
    """Return the first check with the step's outcome, else the first that is not passed, else the first that states
    what it expected."""
    same = [check for check in step.checks if check.outcome is step.outcome is not Outcome.PASSED]
    other = [check for check in step.checks if check.outcome is not Outcome.PASSED]
    stating = [check for check in step.checks if check.expected is not None]
    return next(iter(same or other or stating), None)


def render_provenance(scenario: ScenarioRow, endpoints: Endpoints) -> str:
    """Return the operations of a scenario, but for its cleanup, each with its grade: what the result rests on."""
    names = dict.fromkeys(step.operation for step in scenario.steps if not step.cleanup)
    grades = {name: endpoints.get(name, _NO_ENDPOINT).evidence or "not in the spec" for name in names}
    return "; ".join(f"{name}: {grade}" for name, grade in grades.items())


def find_place(scenario: ScenarioRow, step: StepRow) -> str:
    """Return which of the scenario's steps a row is about, "" if there is no choice."""
    count = len(scenario.steps)
    return f"step {step.number} of {count}" if count > 1 else ""


def render_note(scenario: ScenarioRow, step: StepRow, check: CheckRow) -> str:
    """Return why the outcome is what it is: the scenario's reason, the step's, the check's message; "" if passed."""
    if scenario.outcome is Outcome.PASSED:
        return ""
    note = ""
    for reason in (scenario.reason, step.reason, check.message):
        # The engine hands reasons upwards: most often all three are the same sentence.
        if reason not in note:
            note = f"{note}; {reason}" if note else reason
    return note


def render_answer(step: StepRow) -> str:
    """Return the status code, "no response", or "not sent" for a step that was kept back."""
    if step.response:
        return str(step.response.status)
    is_sent = step.request and not step.outcome.traits.is_held_back
    return "no response" if is_sent else "not sent"


def find_path(url: str) -> str:
    """Return path and query of a URL; the text as it is where it is no URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.path}?{parts.query}" if parts.query else parts.path or "/"
