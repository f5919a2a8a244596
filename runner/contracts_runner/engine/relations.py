"""Relations between values of responses: what no schema can catch, such as a filter that is silently ignored."""

import json
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from typing import assert_never

from contracts_runner.engine.body import ParsedBody
from contracts_runner.engine.jsonpath import NothingFoundError, find_in_body
from contracts_runner.engine.matching import describe_difference, find_mismatch
from contracts_runner.engine.scope import Scope
from contracts_runner.model.checks import CheckName, CheckResult
from contracts_runner.model.contract import WITH_OPERAND_PATH, Relation, ValueMatcher
from contracts_runner.model.json import Json
from contracts_runner.openapi.schemas import SchemaStore

SHOWN_ITEMS = 5

_Comparison = tuple[str | None, Json]  # what is wrong (None: nothing), and the value to show


def check_relation(relation: Relation, body: ParsedBody, *, scope: Scope, schemas: SchemaStore) -> CheckResult:
    """Return the row of one relation; raises UnresolvedError for an expression without a value."""
    operand: Json = None
    try:
        this = _take(relation.this, body, scope)
        operand = _take_operand(relation, body, scope)
        wrong, actual = _compare(relation, this, operand, schemas)
    except NothingFoundError as error:
        wrong, actual = str(error), None
    return CheckResult.judge(
        relation.kind,
        wrong and f"{relation.this}: {wrong}",
        expected=operand,
        actual=actual,
        path=relation.this,
        location=relation.location,
    )


def _take(expression: str, body: ParsedBody, scope: Scope) -> Json:
    if not expression.startswith("$") or expression.startswith("${"):
        return scope.evaluate(expression)
    return find_in_body(expression, body)


def _take_operand(relation: Relation, body: ParsedBody, scope: Scope) -> Json:
    operand = relation.operand
    is_path = isinstance(operand, str) and operand.startswith(("$.", "$["))
    return _take(operand, body, scope) if is_path and relation.kind in WITH_OPERAND_PATH else scope.evaluate(operand)


def _compare(relation: Relation, this: Json, operand: Json, schemas: SchemaStore) -> _Comparison:
    match relation.kind:
        case CheckName.EQUAL:
            return describe_difference(this, operand), this
        case CheckName.COUNT:
            number = len(this) if isinstance(this, list | Mapping) else 1
            mismatch = find_mismatch(_match(operand), number, schemas=schemas)
            return (f"has {number} items: {mismatch}" if mismatch else None), number
        case CheckName.EVERY:
            return _compare_every(_items(this), _match(operand), schemas)
        case CheckName.UNIQUE:
            repeated = _find_repeated(_items(this))
            return (f"{len(repeated)} values occur more than once" if repeated else None), repeated[:SHOWN_ITEMS]
        case CheckName.SORTED:
            return _compare_order(_items(this), str(operand))
        case CheckName.SUBSET:
            return _compare_sets(_items(this), _items(operand), is_wrong_if_in=False, words="not in the other")
        case CheckName.SUPERSET:
            return _compare_sets(_items(operand), _items(this), is_wrong_if_in=False, words="missing here")
        case CheckName.DISJOINT:
            return _compare_sets(_items(this), _items(operand), is_wrong_if_in=True, words="in both")
        case _:
            assert_never(relation.kind)


def _items(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _match(operand: Json) -> ValueMatcher:
    return ValueMatcher(value=operand, is_schema=isinstance(operand, Mapping))


def _key(value: Json) -> str:
    """Return a text that is equal for equal JSON values: 1 and 1.0 are one number."""
    return json.dumps(_normalise(value), sort_keys=True, ensure_ascii=False)


def _normalise(value: Json) -> Json:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_normalise(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _normalise(item) for key, item in value.items()}
    return value


def _compare_sets(items: list[Json], others: list[Json], *, is_wrong_if_in: bool, words: str) -> _Comparison:
    keys = set(map(_key, others))
    wrong = [item for item in items if (_key(item) in keys) is is_wrong_if_in]
    message = f"{len(wrong)} of {len(items)} values are {words}" if wrong else None
    return message, wrong[:SHOWN_ITEMS] if wrong else f"{len(items)} values"


def _compare_every(items: list[Json], matcher: ValueMatcher, schemas: SchemaStore) -> _Comparison:
    mismatches = [(item, find_mismatch(matcher, item, schemas=schemas)) for item in items]
    wrong = [(item, mismatch) for item, mismatch in mismatches if mismatch]
    if not wrong:
        return None, f"{len(items)} values"
    return f"{len(wrong)} of {len(items)} values do not match: {wrong[0][1]}", [item for item, _ in wrong[:SHOWN_ITEMS]]


def _find_repeated(items: list[Json]) -> list[Json]:
    return [json.loads(key) for key, number in Counter(map(_key, items)).items() if number > 1]


def _compare_order(items: list[Json], order: str) -> _Comparison:
    comparable = all(isinstance(item, int | float) and not isinstance(item, bool) for item in items) or all(
        isinstance(item, str) for item in items
    )
    if not comparable:
        return "the values are neither all numbers nor all strings", items[:SHOWN_ITEMS]
    for index, (left, right) in enumerate(pairwise(items)):
        if (left > right) if order == "ascending" else (left < right):
            return f"is not {order} at position {index + 1}", [left, right]
    return None, f"{len(items)} values"
