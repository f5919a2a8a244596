"""Rules on paths into the body of a response, and on the values that are expected there."""

from collections.abc import Iterator

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import Problem, Rule, SourceLocation
from contracts_runner.maintenance.lint.declared_responses import DeclaredResponses, get_error_code
from contracts_runner.maintenance.lint.schema_paths.paths import PathTarget, follow_path, is_singular, parse_path
from contracts_runner.maintenance.lint.schema_paths.shapes import Shape
from contracts_runner.maintenance.lint.schema_paths.values import is_open
from contracts_runner.maintenance.lint.subject import StepSubject, Subject, warn
from contracts_runner.model.checks import CheckName
from contracts_runner.model.contract import WITH_OPERAND_PATH, BodyExpectation, CaptureSource, Expectation, Relation
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Operation
from contracts_runner.reading.jsonpaths import is_path


def check_bodies(subject: Subject) -> Iterator[Problem]:
    """Yield the paths that lead to nothing in every body that the spec allows, and the values that none of them has."""
    for step, operation, responses in subject.iter_described_steps():
        for expectation in step.site.step.iter_expectations():
            if rules := _build_rules(operation, expectation, responses):
                yield from rules.check(expectation)
        if retry := step.site.step.retry:
            wanted = Expectation(success=None, body=retry.give_up)
            if rules := _build_rules(operation, wanted, responses):
                yield from rules.check(wanted)
        yield from _check_captures(step, operation, responses)


def _check_captures(step: StepSubject, operation: Operation, responses: DeclaredResponses) -> Iterator[Problem]:
    """Yield the captures that no expectation of the step makes possible; a probe captures nothing."""
    captures = [capture for capture in step.site.step.captures if capture.source is CaptureSource.PATH]
    all_rules = list_capture_rules(step, operation, responses) if captures else []
    for capture in captures:
        found = [rules.follow(capture.path) for rules in all_rules]
        if found and all(target.reason for target in found):
            yield build_path_problem(operation, capture.path, found[0], capture.location)


def list_capture_rules(step: StepSubject, operation: Operation, responses: DeclaredResponses) -> "list[BodyRules]":
    """Return the rules for the answers that a step's captures come from; none where nothing is certain of one."""
    variants = [variant.expect for variant in step.site.step.variants.values() if variant.expect]
    all_rules = [_build_rules(operation, each, responses) for each in (step.site.step.expect, *variants)]
    known = [rules for rules in all_rules if rules]
    return known if len(known) == len(all_rules) else []


def _build_rules(operation: Operation, expectation: Expectation, responses: DeclaredResponses) -> "BodyRules | None":
    """Return the rules for the bodies of an expectation; None where nothing is certain: the schema is not checked, the
    body is read as something else, or the status is undeclared, which is another mistake."""
    if not expectation.is_schema_checked or expectation.read_as or not responses.list_possible(operation, expectation):
        return None
    bodies = responses.list_bodies(operation, expectation)
    # Without a body that has the expected error code the code is the mistake.
    is_wrong_code = not bodies and get_error_code(expectation) is not None
    return None if is_wrong_code else BodyRules(operation, responses, bodies)


@dataclass(frozen=True, slots=True)
class BodyRules:
    """The rules for responses whose JSON has one of the shapes; none if they have no JSON."""

    operation: Operation
    responses: DeclaredResponses
    bodies: tuple[Shape, ...]

    def follow(self, path: str) -> PathTarget:
        """Return where a path leads to."""
        if not self.bodies:
            return PathTarget((), "the spec describes no JSON for such a response")
        return follow_path(self.responses.navigator, path, self.bodies)

    def check(self, expectation: Expectation) -> Iterator[Problem]:
        """Yield what cannot be in the body and the relations of an expectation."""
        for body in expectation.body:
            found = self.follow(body.path) if parse_path(body.path) else None
            if found and found.reason:
                yield build_path_problem(self.operation, body.path, found, body.location)
            elif found:
                yield from self._check_value(body, found.shapes)
        for relation in expectation.relations:
            yield from self._check_relation(relation)

    def _check_value(self, body: BodyExpectation, shapes: tuple[Shape, ...]) -> Iterator[Problem]:
        value, is_schema = body.matcher.value, body.matcher.is_schema
        find = self._iter_conflicts if is_singular(body.path) else self._iter_list_conflicts
        for reason, hint in find(value, shapes, body.path, is_schema=is_schema):
            yield self._build_value_problem(reason, hint, body.location)

    def _check_relation(self, relation: Relation) -> Iterator[Problem]:
        for path in (relation.this, relation.operand if relation.kind in WITH_OPERAND_PATH else None):
            if is_path(path) and (found := self.follow(path)).reason:
                yield build_path_problem(self.operation, path, found, relation.location)
        if relation.kind is CheckName.EVERY and is_path(relation.this) and not is_singular(relation.this):
            found = self.follow(relation.this)
            if not found.reason:
                is_schema = isinstance(relation.operand, dict)
                place = f"an item of {relation.this}"
                for reason, hint in self._iter_conflicts(relation.operand, found.shapes, place, is_schema=is_schema):
                    yield self._build_value_problem(reason, hint, relation.location)

    def _iter_conflicts(
        self, value: Json, shapes: tuple[Shape, ...], place: str, *, is_schema: bool
    ) -> Iterator[tuple[str, str]]:
        """Yield (reason, hint) for what the value at a place never is."""
        if is_schema:
            yield from self.responses.values.iter_conflicts(value, shapes, place)
        elif mismatch := self.responses.values.find_mismatch(value, shapes, place):
            yield mismatch, ""

    def _iter_list_conflicts(
        self, value: Json, shapes: tuple[Shape, ...], path: str, *, is_schema: bool
    ) -> Iterator[tuple[str, str]]:
        """Yield the same for the list of a path's matches."""
        place = f"an item of {path}"
        if is_schema:
            yield from self.responses.values.iter_list_conflicts(value, shapes, place)
        elif isinstance(value, list):
            for item in value:
                yield from self._iter_conflicts(item, shapes, place, is_schema=False)
        elif not is_open(value):
            yield f"{path} gives the list of its matches", "write a list, or use the relation `every`"

    def _build_value_problem(self, reason: str, hint: str, location: SourceLocation) -> Problem:
        message = f"{self.operation.label} never answers this: {reason}"
        return warn(location, message, hint, rule=Rule.BODY_VALUE)


def build_path_problem(operation: Operation, path: str, found: PathTarget, location: SourceLocation) -> Problem:
    """Return the problem of a path that a response cannot have."""
    message = f"{operation.label} never answers with {path}: {found.reason}"
    return warn(location, message, found.hint, rule=Rule.BODY_PATH)
