"""One line about a scenario: the step that decided its outcome, and the check that decided the step."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from contracts_runner.dataclass import dataclass
from contracts_runner.model.outcome import Outcome
from contracts_runner.reporting.phrases import ENGLISH, Phrases
from contracts_runner.results.results import EndpointRow
from contracts_runner.results.rows import CheckRow, EndpointState, ScenarioRow, StepRow

# The rows of the endpoints by operation.
Endpoints = Mapping[str, EndpointRow]
# Of those that need a scenario; results.json has all.
SHOWN_USERS = 5
# What a scenario shows that has no step, a step that has no check, an operation that has no row.
_NO_STEP = StepRow(outcome=Outcome.ERRORED)
_NO_CHECK = CheckRow(outcome=Outcome.PASSED)
_NO_ENDPOINT = EndpointRow(operation="", state=EndpointState.NEVER_PROBED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """What a row of the test matrix shows of a scenario besides its own fields: the deciding step and check, and the
    endpoint of that step. `latency_ms` is None without a response; `answer` is the status code, "no response", or
    "not sent"; `note` is the reason and the message of the check; `provenance` is every operation of the scenario with
    the grade of its evidence."""

    step: StepRow
    check: CheckRow
    endpoint: EndpointRow
    place: str  # "step 2 of 3", "" for the only step
    method: str
    path: str
    answer: str
    latency_ms: float | None
    provenance: str  # "listOrders: documented; getOrder: observed"
    note: str


def build_digest(scenario: ScenarioRow, endpoints: Endpoints, phrases: Phrases = ENGLISH) -> Digest:
    """Return the digest of a row of `scenarios`; `endpoints` are the rows of that name by operation."""
    step = _find_deciding_step(scenario) or _NO_STEP
    check = _find_deciding_check(step) or _NO_CHECK
    endpoint = endpoints.get(step.operation, _NO_ENDPOINT)
    count = len(scenario.steps)
    return Digest(
        step=step,
        check=check,
        endpoint=endpoint,
        place=phrases("step %(number)s of %(count)s", number=step.number, count=count) if count > 1 else "",
        method=(step.request.method if step.request else "") or endpoint.method or "",
        path=find_path(step.request.url) if step.request else endpoint.path or "",
        answer=_render_answer(step, phrases),
        latency_ms=step.response.latency_ms if step.response else None,
        provenance=_render_provenance(scenario, endpoints, phrases),
        note=_render_note(scenario, step, check, phrases),
    )


def _find_deciding_step(scenario: ScenarioRow) -> StepRow | None:
    """Return the first step with the scenario's outcome; of one that passed, the last step before its cleanup; for an
    outcome that no step has (a failed cleanup, an unfinished scenario) the first step that is not passed, else the last
    one."""
    steps = list(scenario.steps)
    main = [step for step in steps if not step.cleanup and step.left_out is not True] or steps
    if not steps or scenario.outcome is Outcome.PASSED:
        return main[-1] if main else None
    same = [step for step in main if step.outcome is scenario.outcome]
    other = [step for step in steps if step.outcome is not Outcome.PASSED]
    return next(iter(same or other or main[-1:]))


def _find_deciding_check(step: StepRow) -> CheckRow | None:
    """Return the first check with the step's outcome, else the first that is not passed, else the first that states
    what it expected."""
    same = [check for check in step.checks if check.outcome is step.outcome is not Outcome.PASSED]
    other = [check for check in step.checks if check.outcome is not Outcome.PASSED]
    stating = [check for check in step.checks if check.expected is not None]
    return next(iter(same or other or stating), None)


def _render_provenance(scenario: ScenarioRow, endpoints: Endpoints, phrases: Phrases) -> str:
    """Return the operations of a scenario, but for its cleanup, each with its grade: what the result rests on."""
    names = dict.fromkeys(step.operation for step in scenario.steps if not step.cleanup)
    grades = {name: endpoints.get(name, _NO_ENDPOINT).evidence or phrases("not in the spec") for name in names}
    return "; ".join(f"{name}: {grade}" for name, grade in grades.items())


def _render_note(scenario: ScenarioRow, step: StepRow, check: CheckRow, phrases: Phrases) -> str:
    """Return why the outcome is what it is: the scenario's reason, the step's, the check's message; of one that
    passed only what was not looked at. Before it, that it is in quarantine; behind it, who needs it."""
    parts = (
        render_quarantine(scenario, phrases),
        _render_reason(scenario, step, check),
        _render_users(scenario, phrases),
    )
    return "; ".join(filter(None, parts))


def render_quarantine(scenario: ScenarioRow, phrases: Phrases = ENGLISH) -> str:
    """Return who mends a scenario that is told apart, until when and why; "" for any other."""
    if not scenario.quarantine:
        return ""
    found = scenario.quarantine
    return phrases(
        "in quarantine until %(until)s (%(owner)s: %(because)s)",
        until=found.until,
        owner=found.owner,
        because=found.because,
    )


def _render_users(scenario: ScenarioRow, phrases: Phrases) -> str:
    users = scenario.needed_by or ()
    more = phrases(" and %(number)s more", number=len(users) - SHOWN_USERS) if len(users) > SHOWN_USERS else ""
    return phrases("needed by %(users)s", users=", ".join(users[:SHOWN_USERS]) + more) if users else ""


def _render_reason(scenario: ScenarioRow, step: StepRow, check: CheckRow) -> str:
    if scenario.outcome is Outcome.PASSED:
        return scenario.reason
    note = ""
    for reason in (scenario.reason, step.reason, check.message):
        # The engine hands reasons upwards: most often all three are the same sentence.
        if reason not in note:
            note = f"{note}; {reason}" if note else reason
    return note


def _render_answer(step: StepRow, phrases: Phrases) -> str:
    if step.response:
        return str(step.response.status)
    is_sent = step.request and not step.outcome.traits.is_held_back
    return phrases("no response") if is_sent else phrases("not sent")


def find_path(url: str) -> str:
    """Return path and query of a URL; the text as it is if it is not a URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.path}?{parts.query}" if parts.query else parts.path or "/"
