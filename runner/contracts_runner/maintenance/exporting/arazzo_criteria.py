"""What a step expects as success criteria of Arazzo, and what of it they do not say."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import field

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.expectations import is_success_implied
from contracts_runner.maintenance.exporting.arazzo_values import Values
from contracts_runner.maintenance.exporting.filter_queries import (
    ROOT,
    Nodes,
    UnsayableError,
    build_query,
    render_literal,
    render_step,
    split_path,
)
from contracts_runner.maintenance.exporting.schema_filters import (
    Tests,
    build_equality,
    build_list_tests,
    build_tests,
)
from contracts_runner.maintenance.lint.declared_responses import DeclaredResponses
from contracts_runner.maintenance.lint.schema_paths.paths import follow_path
from contracts_runner.maintenance.lint.schema_paths.shapes import find_all_types
from contracts_runner.model.checks import CheckName
from contracts_runner.model.contract import Expectation, Relation, Unset, ValueMatcher
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import parse_pointer, render_pointer
from contracts_runner.model.spec import Operation
from contracts_runner.reading.expressions import iter_references
from contracts_runner.reading.jsonpaths import is_path, read_steps

Criterion = dict[str, Json]
_BODY = "$response.body"


@dataclass(slots=True)
class Criteria:
    """The criteria of a step, and what they do not say, a text each."""

    values: Values
    operation: Operation
    expect: Expectation
    responses: DeclaredResponses
    criteria: list[Criterion] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def add(self, criterion: Criterion) -> None:
        """Add a criterion, once."""
        if criterion not in self.criteria:
            self.criteria.append(criterion)

    def add_tests(self, name: str, tests: Tests, place: Sequence[str | int] = ()) -> None:
        """Add what holds of the body, or of a value in it, and tell what is lost of a check."""
        context = _BODY + (f"#{render_pointer(place)}" if place else "")
        for text in tests.texts:
            self.add({"context": context, "condition": f"$[?{text}]", "type": "jsonpath"})
        self.lost += [f"{name}: {what}" for what in tests.lost]

    def add_all(self) -> None:
        """Add what the step expects."""
        expect = self.expect
        self._add_status(expect)
        self._add_success(expect, self.operation)
        for body in expect.body:
            self._add_body(f"body {body.path}", body.path, body.matcher)
        for header in expect.headers:
            self._add_text(f"header {header.name}", f"$response.header.{header.name}", header.matcher)
        if expect.media_type is not None:
            pattern = rf"^\s*{re.escape(expect.media_type)}\s*(;|$)"
            self.add({"context": "$response.header.Content-Type", "condition": pattern, "type": "regex"})
        if expect.text is not None:
            self._add_text("text", _BODY, expect.text)
        for relation in expect.relations:
            self._add_relation(relation)
        self.lost += _list_others(expect)

    def _add_status(self, expect: Expectation) -> None:
        if expect.status_from is not None:
            try:
                self.add({"condition": f"$statusCode == {self.values.convert_whole(expect.status_from)}"})
            except UnsayableError as error:
                self.lost.append(f"status: {error}")
            return
        ranges = expect.status or (
            ((200, 299),) if is_success_implied(expect) and expect.success in (True, Unset.UNSET) else ()
        )
        texts = [
            f"$statusCode == {low}" if low == high else f"$statusCode >= {low} && $statusCode <= {high}"
            for low, high in ranges
        ]
        if texts:
            self.add({"condition": " || ".join(texts)})

    def _add_success(self, expect: Expectation, operation: Operation) -> None:
        """Add what `x-success` and `x-error-code` say of a body; for which statuses a criterion cannot say."""
        ranges = expect.status or ()
        is_all_good = all(low >= 200 and high <= 299 for low, high in ranges)
        is_all_bad = bool(ranges) and all(high < 200 or low > 299 for low, high in ranges)
        is_error = isinstance(expect.error, str) and not isinstance(expect.error, Unset)
        if not isinstance(expect.error, Unset):
            self._add_error(expect.error, operation)
        wanted = expect.success
        if isinstance(wanted, Unset):
            wanted = False if is_error else True if is_success_implied(expect) or not is_all_bad else None
        if wanted is None or (is_all_bad and not wanted):
            return
        if not is_all_good or expect.status_from is not None or (not wanted and not ranges):
            self.lost.append(f"success: {str(wanted).lower()}, which is about a 2xx alone")
        elif wanted and operation.success is not None:
            self.add_tests("success", build_tests(operation.success, ROOT))
        elif not wanted:
            tests = Tests()
            tests.try_add(lambda: f"!({build_tests(operation.success or {}, ROOT).join()})")
            self.add_tests("success: false", tests)

    def _add_error(self, code: str | None, operation: Operation) -> None:
        if operation.error_code is None:
            self.lost.append("error, whose place the document does not say")
            return
        at = ROOT + "".join(map(render_step, parse_pointer(operation.error_code)))
        if code is None:
            self.add_tests("error", Tests([f"!{at}"]))
        else:
            number = f" || {at} == {code}" if re.fullmatch(r"0|-?[1-9][0-9]*", code) else ""
            tests = Tests()
            tests.try_add(lambda: f"{at} == {render_literal(code)}{number}")
            self.add_tests("error", tests)

    def _add_body(self, name: str, path: str, matcher: ValueMatcher) -> None:
        try:
            if not any(True for _ in iter_references(matcher.value)):
                place, query = split_path(path)
                self.add_tests(name, _build_match(query, matcher), place)
            elif not matcher.is_schema:
                self._add_comparison(path, matcher.value)
            else:
                raise UnsayableError("a schema with expressions")
        except UnsayableError as error:
            self.lost.append(f"{name}: {error}")

    def _add_comparison(self, path: str, value: Json) -> None:
        """Add that a value is equal to that of an expression."""
        steps, expression = read_steps(path), self.values.convert_whole(value)
        if steps is None or expression is None or any(isinstance(each, int) and each < 0 for each in steps):
            raise UnsayableError("a comparison that is no plain one of two values")
        target = follow_path(self.responses.navigator, path, self.responses.list_bodies(self.operation, self.expect))
        if {"array", "object"} & find_all_types(target.shapes):
            raise UnsayableError("a comparison with what may be a list or an object")
        self.add({"condition": f"{_BODY}#{render_pointer(steps)} == {expression}"})

    def _add_text(self, name: str, context: str, matcher: ValueMatcher) -> None:
        """Add what is expected of a text; a pattern is one of ECMA-262 there, too."""
        value = matcher.value
        if not matcher.is_schema and isinstance(value, str) and "${" not in value:
            self.add({"context": context, "condition": f"^{re.escape(value)}$", "type": "regex"})
        elif matcher.is_schema and isinstance(value, Mapping) and isinstance(value.get("pattern"), str):
            self.add({"context": context, "condition": value["pattern"], "type": "regex"})
            self.lost += [f"{name}: {keyword}" for keyword in value if keyword not in ("pattern", "type")]
        else:
            self.lost.append(name)

    def _add_relation(self, relation: Relation) -> None:
        name = f"{relation.kind} of {relation.this}"
        try:
            if any(True for _ in iter_references(relation.operand)):
                raise UnsayableError("it compares with other answers")
            self.add_tests(name, _build_relation(relation))
        except UnsayableError as error:
            self.lost.append(f"{name}: {error}")


def _build_match(query: str | Nodes, matcher: ValueMatcher) -> Tests:
    if matcher.is_schema:
        return _build_schema(matcher.value, query)
    if isinstance(query, Nodes):
        raise UnsayableError("a list that a path has found")
    return Tests([build_equality(query, matcher.value)])


def _build_relation(relation: Relation) -> Tests:
    query, operand = build_query(relation.this), relation.operand
    schema = operand if isinstance(operand, Mapping) else {"const": operand}
    match relation.kind:
        case CheckName.COUNT:
            return build_tests(schema, f"count({query.text})" if isinstance(query, Nodes) else f"length({query})")
        case CheckName.EVERY:
            wanted: Json = {"items": schema}
        case CheckName.SUBSET if isinstance(operand, list):
            wanted = {"items": {"enum": operand}}
        case CheckName.DISJOINT if isinstance(operand, list):
            wanted = {"items": {"not": {"enum": operand}}}
        case CheckName.SUPERSET if isinstance(operand, list) and operand:
            parts = [_build_schema({"contains": {"const": each}}, query) for each in operand]
            return Tests(
                [text for each in parts for text in each.texts], [what for each in parts for what in each.lost]
            )
        case CheckName.EQUAL if isinstance(query, str) and is_path(operand):
            other = build_query(operand)
            if isinstance(other, Nodes):
                raise UnsayableError("a comparison of lists")
            return Tests([f"{query} == {other}"])
        case CheckName.EQUAL if isinstance(query, str) and not is_path(operand):
            return Tests([build_equality(query, operand)])
        case _:
            raise UnsayableError("a comparison of lists")
    return _build_schema(wanted, query)


def _build_schema(schema: Json, query: str | Nodes) -> Tests:
    return build_list_tests(schema, query) if isinstance(query, Nodes) else build_tests(schema, query)


def _list_others(expect: Expectation) -> list[str]:
    """Return what no criterion says, whatever it is."""
    there = {
        "xml": bool(expect.xml),
        "sha256": expect.sha256 is not None,
        "bytes": expect.bytes is not None,
        "read_as": bool(expect.read_as),
        "events": expect.events is not None,
        "latency": expect.latency_ms is not None,
        "schema: false": not expect.is_schema_checked,
    }
    return [name for name, is_there in there.items() if is_there]
