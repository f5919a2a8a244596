"""Rules on the content and the headers that a step expects of an answer, or captures from it."""

from collections.abc import Iterator

from contracts_runner.errors import Problem, Rule, SourceLocation
from contracts_runner.maintenance.lint.declared_responses import DeclaredResponses
from contracts_runner.maintenance.lint.subject import Subject, warn
from contracts_runner.model.contract import CaptureSource, Expectation, Step
from contracts_runner.model.event_stream import EVENT_STREAM
from contracts_runner.model.http import strip_parameters
from contracts_runner.model.spec import Operation
from contracts_runner.reading.suggest import find_similar

# Of answers, by their registration; a document need not declare them.
_COMMON_HEADERS = (
    *("Location", "ETag", "Last-Modified", "Content-Type", "Content-Length", "Content-Disposition", "Content-Encoding"),
    *("Content-Language", "Cache-Control", "Expires", "Retry-After", "Set-Cookie", "Link", "Allow", "Vary", "Date"),
    *("WWW-Authenticate", "Access-Control-Allow-Origin", "Strict-Transport-Security", "X-Request-Id"),
)
_LIKENESS = 0.8


def check_content(subject: Subject) -> Iterator[Problem]:
    """Yield XML and events that no declared response has, and names of headers that are nearly those of others."""
    for subject_step, operation, responses in subject.iter_described_steps():
        step = subject_step.site.step
        for expectation in step.iter_expectations():
            yield from _check_types(operation, expectation, responses)
        yield from _check_captured_types(step, operation, responses)
        yield from _check_headers(step, operation)


def _check_types(operation: Operation, expectation: Expectation, responses: DeclaredResponses) -> Iterator[Problem]:
    declared = _list_types(operation, expectation, responses)
    for entry in expectation.xml[:1]:
        yield from _refuse_type("XML", any(map(_may_be_xml, declared)), declared, operation, entry.location)
    if expectation.events is not None and not expectation.read_as:
        has_events = any(strip_parameters(name) == EVENT_STREAM or "*" in name for name in declared)
        yield from _refuse_type("events", has_events, declared, operation, expectation.locations["events"])


def _check_captured_types(step: Step, operation: Operation, responses: DeclaredResponses) -> Iterator[Problem]:
    variants = [variant.expect for variant in step.variants.values() if variant.expect]
    declared = [name for each in (step.expect, *variants) for name in _list_types(operation, each, responses)]
    for capture in step.captures:
        if capture.source is CaptureSource.XML:
            yield from _refuse_type("XML", any(map(_may_be_xml, declared)), declared, operation, capture.location)


def _list_types(operation: Operation, expectation: Expectation, responses: DeclaredResponses) -> list[str]:
    """Return the media types that an answer may have; "*/*" where any may come."""
    if not expectation.is_schema_checked:
        return ["*/*"]
    possible = responses.list_possible(operation, expectation)
    return [name for each in possible for name in each.response.schemas or ["*/*"]] or ["*/*"]


def _may_be_xml(media_type: str) -> bool:
    essence = strip_parameters(media_type)
    return essence in ("application/xml", "text/xml") or essence.endswith("+xml") or "*" in essence


def _refuse_type(
    what: str, is_declared: bool, declared: list[str], operation: Operation, location: SourceLocation
) -> Iterator[Problem]:
    if not is_declared:
        hint = f"declared: {', '.join(dict.fromkeys(declared))}"
        yield warn(location, f"{operation.label} never answers with {what}", hint, rule=Rule.MEDIA_TYPE)


def _check_headers(step: Step, operation: Operation) -> Iterator[Problem]:
    declared = [header.name for response in operation.responses.values() for header in response.headers]
    known = {name.lower() for name in (*declared, *_COMMON_HEADERS)}
    looked_at = [(header.name, header.location) for each in step.iter_expectations() for header in each.headers]
    looked_at += [(capture.path, capture.location) for capture in step.captures if capture.source == "header"]
    for name, location in looked_at:
        similar = find_similar(name, (*declared, *_COMMON_HEADERS), cutoff=_LIKENESS)
        if similar and name.lower() not in known:
            message = f"{operation.label} declares no header {name}"
            yield warn(location, message, f"Did you mean '{similar}'?", rule=Rule.HEADER)
