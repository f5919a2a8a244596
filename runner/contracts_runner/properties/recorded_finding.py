"""A finding of a run as it was recorded: its row, and the requests of its artifacts."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import UNSET

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import RunFolderError, UsageError
from contracts_runner.model.checks import PropertyCheck
from contracts_runner.model.environment import RedactionMode
from contracts_runner.model.exchange import Response, Taken, Timings
from contracts_runner.model.json import Json, is_deeper
from contracts_runner.openapi.spec import Spec
from contracts_runner.results.lines import MisfitError, parse_results
from contracts_runner.results.rows import PropertyFailure, PropertyRow, PropertyStepRow, ReceivedMessage, SentMessage

_CHARSET = re.compile(r"\bcharset=[^;]*", re.IGNORECASE)

_MAX_DEPTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStep:
    """One request of a finding as recorded in its artifact; what is personal in it is redacted."""

    operation: str
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str | None
    response: Response | None
    taken: tuple[Taken, ...] | None = None  # None: not recorded

    @property
    def status(self) -> int | None:
        """The status of the answer, None without one."""
        return self.response.status_code if self.response else None

    @property
    def response_body(self) -> str:
        """The text of the answer, "" without one."""
        return self.response.body.decode("utf-8", "surrogatepass") if self.response else ""

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.operation if self.operation.startswith(f"{self.method} ") else f"{self.method} {self.operation}"

    @property
    def content_type(self) -> str:
        """The Content-Type, "" without one."""
        return next((value for name, value in self.headers if name.lower() == "content-type"), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFinding:
    """A property row that did not pass, with its requests."""

    row: PropertyRow
    check: PropertyCheck
    failure: PropertyFailure
    base_url: str
    environment: str
    redaction: RedactionMode
    steps: tuple[RecordedStep, ...]


def load_finding(run: Path, read: Callable[[str], bytes], identifier: str) -> RecordedFinding:
    """Return a finding of a run, whose files `read` returns by name.

    Raises RunFolderError for files that are not those of a run, UsageError for an id that has no failure.
    """
    try:
        results = parse_results(read("results.json"))
        failures = {row.id: (row, row.failure) for row in results.properties if row.failure}
        if identifier not in failures:
            known = ", ".join(failures) or "none"
            raise UsageError(f"no property failure '{identifier}' in {run}; there are: {known}")
        row, failure = failures[identifier]
        if not failure.steps:
            raise ValueError("the failure has no requests")
        steps = [json.loads(read(artifact)) for artifact in failure.artifacts]
        return RecordedFinding(
            row=row,
            check=_read_check(row),
            failure=failure,
            base_url=results.run.base_url or "",
            environment=results.run.environment,
            redaction=results.run.redaction or RedactionMode.FULL,
            steps=tuple(_build_step(step, made) for step, made in zip(failure.steps, steps, strict=True)),
        )
    except (MisfitError, msgspec.ValidationError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise RunFolderError(f"{run} cannot be read: {error}") from error


def _read_check(row: PropertyRow) -> PropertyCheck:
    """Return the check of a row. Raises ValueError for the name of another version."""
    if row.check not in list(PropertyCheck):
        raise ValueError(f"unknown check '{row.check}'")
    return PropertyCheck(row.check)


def find_spec(specs: Mapping[str, Spec], finding: RecordedFinding) -> Spec | None:
    """Return the spec that has the operations of a finding."""
    labels = {step.operation for step in finding.steps}
    return next((spec for spec in specs.values() if labels <= spec.operations.keys()), None)


def _build_step(step: PropertyStepRow, document: Mapping[str, Any]) -> RecordedStep:
    request = msgspec.convert(document["request"], SentMessage)
    response = msgspec.convert(document["response"], ReceivedMessage | None)
    return RecordedStep(
        operation=step.operation,
        method=request.method,
        url=request.url,
        headers=request.headers,
        body=request.body,
        response=_build_response(response) if response else None,
        taken=None
        if step.taken is UNSET
        else tuple(Taken(placement=at.placement, name=at.name, source=at.source) for at in step.taken),
    )


def _build_response(recorded: ReceivedMessage) -> Response:
    return Response(
        status_code=recorded.status,
        # The recorded body is text, whatever charset the service had sent it in.
        headers=tuple((name, _CHARSET.sub("charset=utf-8", value)) for name, value in recorded.headers),
        body=(recorded.body or "").encode("utf-8", "surrogatepass"),
        timings=Timings(first_byte_ms=0, total_ms=0),
    )


def parse_json(text: str) -> Json:
    """Return the value of a JSON text, None for any other text, or for one that is nested deeper than _MAX_DEPTH."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return None if is_deeper(value, _MAX_DEPTH) else value
