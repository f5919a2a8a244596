"""Rules on what `${…}` asks of captures: members and types that no answer of the capturing step has."""

from collections.abc import Iterator, Mapping

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import Problem, Rule
from contracts_runner.maintenance.lint.bodies import BodyRules, build_path_problem, list_capture_rules
from contracts_runner.maintenance.lint.schema_paths.paths import PathTarget, is_singular
from contracts_runner.maintenance.lint.schema_paths.shapes import describe_types, find_all_types
from contracts_runner.maintenance.lint.subject import StepSubject, Subject, warn
from contracts_runner.model.contract import Capture, CaptureSource, Take
from contracts_runner.model.json_pointer import Pointer
from contracts_runner.model.reference import Reference
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.explain_text import render_path
from contracts_runner.reading.places import Place
from contracts_runner.reading.value_changes import is_time_format

_NUMBERS = frozenset({"integer", "number"})


@dataclass(frozen=True, slots=True)
class _Captured:
    """A capture, and the rules for the answers that it can come from."""

    capture: Capture
    operation: Operation
    rules: list[BodyRules]


def check_members(subject: Subject) -> Iterator[Problem]:
    """Yield what expressions ask of captures and no answer gives."""
    captured = {
        (step.scenario.id, capture.name): _Captured(capture, operation, rules)
        for step, operation, responses in subject.iter_described_steps()
        for capture in step.site.step.captures
        if capture.source is CaptureSource.PATH and (rules := list_capture_rules(step, operation, responses))
    }
    for step in subject.steps:
        for place, reference in step.site.iter_references():
            if found := _find_captured(step, reference, captured):
                yield from _check(*found, reference, place)


def _find_captured(
    step: StepSubject, reference: Reference, captured: Mapping[tuple[str, str], _Captured]
) -> tuple[_Captured, Pointer] | None:
    """Return the capture that a reference names, its own or that of a needed scenario, and the path below."""
    needed = step.scenario.needs.get(reference.name)
    if needed and reference.path:
        found = captured.get((needed, str(reference.path[0])))
        return (found, reference.path[1:]) if found else None
    found = captured.get((step.scenario.id, reference.name)) if reference.name in step.site.captures else None
    return (found, reference.path) if found else None


def _check(captured: _Captured, below: Pointer, reference: Reference, place: Place) -> Iterator[Problem]:
    path, take = captured.capture.path, captured.capture.take
    if take is Take.ALL or (take is None and not is_singular(path)):
        if not below or not isinstance(below[0], int):
            return
        # The value is the list of the path's matches.
        below = below[1:]
    whole = path + render_path(below).removeprefix("$")
    targets = [rules.follow(whole) for rules in captured.rules]
    if below and all(target.reason for target in targets):
        yield build_path_problem(captured.operation, whole, targets[0], place.location)
    elif not any(target.reason for target in targets):
        yield from _check_type(captured, whole, reference, targets, place)


def _check_type(
    captured: _Captured, path: str, reference: Reference, targets: list[PathTarget], place: Place
) -> Iterator[Problem]:
    wanted = _find_wanted(reference)
    types = {name for target in targets for name in find_all_types(target.shapes)}
    if wanted and types and not wanted & types:
        message = (
            f"{captured.operation.label} never gives what {reference.text} asks for: {path} is {describe_types(types)}"
        )
        yield warn(place.location, message, rule=Rule.BODY_VALUE)


def _find_wanted(reference: Reference) -> frozenset[str]:
    """Return the types to which what a reference does first can be done, nothing for any."""
    if reference.offset_seconds:
        return frozenset({"string"})
    if reference.addend is not None:
        return _NUMBERS
    if reference.zone or is_time_format(reference.change):
        return frozenset({"string"})
    return _NUMBERS | {"string"} if reference.change in _NUMBERS else frozenset()
