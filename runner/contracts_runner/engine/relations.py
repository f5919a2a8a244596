"""Relations between values of responses: what no schema can catch, such as a filter that is silently ignored."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sized
from functools import partial
from itertools import pairwise
from typing import assert_never

from contracts_runner.engine.body import ParsedBody
from contracts_runner.engine.jsonpath import NothingFoundError, find_in_body, list_places
from contracts_runner.engine.matching import describe_difference, find_mismatch, join_violations
from contracts_runner.engine.scope import Scope
from contracts_runner.engine.sort_keys import NoSortKeyError, read_sort_keys
from contracts_runner.engine.violations import list_mismatches, list_missing, name_relation
from contracts_runner.model.checks import UNREADABLE, CheckName, CheckResult, Violation
from contracts_runner.model.contract import WITH_OPERAND_PATH, Relation, SortedAs, ValueMatcher
from contracts_runner.model.json import Json, render_key
from contracts_runner.model.nouns import count_noun
from contracts_runner.openapi.explain_text import render_value
from contracts_runner.openapi.schemas import SchemaStore
from contracts_runner.reading.jsonpaths import is_path, read_steps

SHOWN_ITEMS = 5


class _KindError(Exception):
    """A value that cannot be compared so."""


_Comparison = tuple[str | None, Json]  # what is wrong (None: nothing), and the value to show


def check_relation(relation: Relation, body: ParsedBody, *, scope: Scope, schemas: SchemaStore) -> CheckResult:
    """Return the row of one relation; raises UnresolvedError for an expression without a value."""
    this = operand = None
    try:
        this = _take(relation.this, body, scope)
        operand = _take_operand(relation, body, scope)
        wrong, actual = _compare(relation, this, operand, schemas, partial(_list_places, relation.this, body))
    except (NothingFoundError, _KindError) as error:
        wrong, actual = str(error), None
    else:
        if wrong is None and (empty := _find_empty_path(relation, this, operand)):
            why = f"{empty} matches nothing"
            return CheckResult.not_looked_at(relation.kind, why, path=relation.this, location=relation.location)
    return CheckResult.judge(
        relation.kind,
        wrong and f"{relation.this}: {wrong}",
        expected=operand,
        actual=actual,
        path=relation.this,
        location=relation.location,
        violations=_list_violations(relation, this, operand, body, schemas) if wrong else (),
    )


def _list_violations(
    relation: Relation, this: Json, operand: Json, body: ParsedBody, schemas: SchemaStore
) -> tuple[Violation, ...]:
    """Return why a relation does not hold: the body is no data, a name is missing, or the values are other ones."""
    paths = [relation.this, *([relation.operand] if _has_operand_path(relation) else [])]
    for path in filter(is_path, paths):
        if not body.is_data:
            return (UNREADABLE,)
        if missing := list_missing(path, body):
            return missing
    match relation.kind:
        case CheckName.EQUAL:
            return list_mismatches(ValueMatcher(value=operand, is_schema=False), this, relation.this, schemas=schemas)
        case CheckName.EVERY if isinstance(this, list):
            matcher = _match(operand)
            wrong = (value for value in this if find_mismatch(matcher, value, schemas=schemas))
            found = (list_mismatches(matcher, value, relation.this, schemas=schemas, is_one=True) for value in wrong)
            return next(filter(None, found), ())
        case _:
            return (name_relation(relation.kind, relation.this),) if is_path(relation.this) else ()


def _find_empty_path(relation: Relation, this: Json, operand: Json) -> str | None:
    """Return the list path of a relation that matches nothing, so that it holds whatever the service does."""
    if relation.kind == CheckName.COUNT:
        return None
    pairs = [(relation.this, this), (relation.operand if _has_operand_path(relation) else "", operand)]
    empty = (path for path, found in pairs if found == [] and is_path(path))
    return next((path for path in empty if read_steps(path) is None), None)


def _take(expression: str, body: ParsedBody, scope: Scope) -> Json:
    return find_in_body(expression, body) if is_path(expression) else scope.evaluate(expression)


def _take_operand(relation: Relation, body: ParsedBody, scope: Scope) -> Json:
    operand = relation.operand
    return _take(operand, body, scope) if _has_operand_path(relation) else scope.evaluate(operand)


def _has_operand_path(relation: Relation) -> bool:
    is_written = isinstance(relation.operand, str) and relation.operand.startswith(("$.", "$["))
    return is_written and relation.kind in WITH_OPERAND_PATH


def _list_places(this: str, body: ParsedBody, count: int) -> list[str]:
    """Return where each of the values is: in the body, or in the list that an expression gives."""
    return list_places(this, body.value, count) if is_path(this) else [f"[{number}]" for number in range(count)]


def _compare(
    relation: Relation, this: Json, operand: Json, schemas: SchemaStore, list_places: Callable[[int], list[str]]
) -> _Comparison:
    match relation.kind:
        case CheckName.EQUAL:
            return describe_difference(this, operand), this
        case CheckName.COUNT:
            number = len(_require_list(this))
            mismatch = find_mismatch(_match(operand), number, schemas=schemas)
            # A plain number is told once: what comes stands before it.
            told = mismatch and (mismatch if isinstance(operand, Mapping) else f"expected {render_value(operand)}")
            return (f"has {count_noun(number, 'item')}, {told}" if mismatch else None), number
        case CheckName.EVERY:
            return _compare_every(_require_list(this), _match(operand), schemas, list_places)
        case CheckName.UNIQUE:
            repeated = _find_repeated(_require_list(this))
            told = f"{count_noun(len(repeated), 'value')} {_choose(repeated, 'occurs', 'occur')} more than once"
            return (told if repeated else None), repeated[:SHOWN_ITEMS]
        case CheckName.SORTED:
            return _compare_order(_require_list(this), str(operand), relation.sorted_as)
        case CheckName.SUBSET:
            return _compare_sets(_items(this), _items(operand), is_wrong_if_in=False, words="not in the other")
        case CheckName.SUPERSET:
            return _compare_sets(_items(operand), _items(this), is_wrong_if_in=False, words="missing here")
        case CheckName.SAME_ITEMS:
            return _compare_items(_require_list(this), _require_list(operand))
        case CheckName.DISJOINT:
            return _compare_sets(_items(this), _items(operand), is_wrong_if_in=True, words="in both")
        case _:
            assert_never(relation.kind)


def _require_list(value: Json) -> list[Json]:
    if isinstance(value, list):
        return value
    raise _KindError(f"is {render_value(value)}, not a list")


def _items(value: Json) -> list[Json]:
    """Return the values of a side of a comparison of sets; one value is a set of one, but null is none."""
    return _require_list(value) if value is None or isinstance(value, list) else [value]


def _match(operand: Json) -> ValueMatcher:
    return ValueMatcher(value=operand, is_schema=isinstance(operand, Mapping))


def _compare_sets(items: list[Json], others: list[Json], *, is_wrong_if_in: bool, words: str) -> _Comparison:
    keys = set(map(render_key, others))
    wrong = [item for item in items if (render_key(item) in keys) is is_wrong_if_in]
    message = f"{len(wrong)} of {count_noun(len(items), 'value')} {_choose(wrong, 'is', 'are')} {words}"
    if len(wrong) > SHOWN_ITEMS:
        message += f", the first {SHOWN_ITEMS} of them: {_show([render_key(item) for item in wrong])}"
    return (message, wrong[:SHOWN_ITEMS]) if wrong else (None, f"{len(items)} values")


def _choose(items: Sized, one: str, many: str) -> str:
    """Return the verb for a number of items."""
    return one if len(items) == 1 else many


def _compare_items(items: list[Json], others: list[Json]) -> _Comparison:
    """Compare two lists whose order does not matter, but how often each value is in them."""
    here, there = Counter(map(render_key, items)), Counter(map(render_key, others))
    missing, extra = list((there - here).elements()), list((here - there).elements())
    parts = [(missing, "missing"), (extra, "too many")]
    message = ", ".join(f"{len(keys)} {words} ({_show(keys)})" for keys, words in parts if keys)
    return message or None, items[:SHOWN_ITEMS] if message else f"{len(items)} values"


def _show(keys: list[str]) -> str:
    shown = ", ".join(render_value(json.loads(key)) for key in keys[:SHOWN_ITEMS])
    return shown + (", …" if len(keys) > SHOWN_ITEMS else "")


def _compare_every(
    items: list[Json], matcher: ValueMatcher, schemas: SchemaStore, list_places: Callable[[int], list[str]]
) -> _Comparison:
    mismatches = [find_mismatch(matcher, item, schemas=schemas) for item in items]
    wrong = [number for number, mismatch in enumerate(mismatches) if mismatch]
    if not wrong:
        return None, f"{len(items)} values"
    places = list_places(len(items))
    told = join_violations([f"{places[number]}: {mismatches[number]}" for number in wrong])
    message = f"{len(wrong)} of {count_noun(len(items), 'value')} {_choose(wrong, 'does', 'do')} not match: {told}"
    return message, [items[number] for number in wrong[:SHOWN_ITEMS]]


def _find_repeated(items: list[Json]) -> list[Json]:
    return [json.loads(key) for key, number in Counter(map(render_key, items)).items() if number > 1]


def _compare_order(items: list[Json], order: str, sorted_as: SortedAs | None) -> _Comparison:
    try:
        keys = read_sort_keys(items, sorted_as)
    except NoSortKeyError as error:
        return str(error), items[:SHOWN_ITEMS]
    for index, (left, right) in enumerate(pairwise(keys)):
        if (left > right) if order == "ascending" else (left < right):
            return f"is not {order} at position {index + 1}", items[index : index + 2]
    return None, f"{len(items)} values"
