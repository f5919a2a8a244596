"""Builders of findings as a run recorded them."""

from contracts_runner.model.checks import PropertyCheck
from contracts_runner.model.environment import RedactionMode
from contracts_runner.model.exchange import Response, Taken, Timings
from contracts_runner.model.outcome import Outcome
from contracts_runner.properties.recorded_finding import RecordedFinding, RecordedStep
from contracts_runner.results.rows import PropertyFailure, PropertyRow

RUN = "http://run.example.com/v1"


def make_step(
    method: str = "GET",
    path: str = "/things/7",
    operation: str = "getThing",
    *,
    status: int = 500,
    answer: str = "",
    body: str | None = None,
    taken: tuple[Taken, ...] | None = (),
    **headers: str,
) -> RecordedStep:
    """Return a request of RUN that was answered; `answer` is the JSON of the answer."""
    return RecordedStep(
        operation=operation,
        method=method,
        url=RUN + path,
        headers=tuple((name.replace("_", "-"), value) for name, value in headers.items()),
        body=body,
        response=Response(
            status_code=status,
            headers=(("Content-Type", "application/json"),),
            body=answer.encode(),
            timings=Timings(first_byte_ms=0, total_ms=0),
        ),
        taken=taken,
    )


def make_finding(
    *steps: RecordedStep,
    check: PropertyCheck = PropertyCheck.NOT_A_SERVER_ERROR,
    redaction: RedactionMode = RedactionMode.FULL,
    message: str = "it broke",
) -> RecordedFinding:
    """Return a finding of these requests."""
    failure = PropertyFailure(message=message)
    return RecordedFinding(
        row=PropertyRow(id="p", operation=steps[-1].operation, check=check, outcome=Outcome.FAILED, failure=failure),
        check=check,
        failure=failure,
        base_url=RUN,
        environment="here",
        redaction=redaction,
        steps=steps,
    )
