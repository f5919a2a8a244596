"""Reads `relations:` of an expectation (docs/design.md, Relations)."""

from typing import get_args

from contracts_runner.model.contract import Relation, RelationKind
from contracts_runner.model.json import Json
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.expressions import ExpressionError, is_whole_expression
from contracts_runner.reading.forms import Section, Value
from contracts_runner.reading.matchers import check_expressions, parse_jsonpath, read_matcher
from contracts_runner.reading.suggest import suggest_or_list

KINDS: tuple[RelationKind, ...] = get_args(RelationKind)
_OPERANDS: dict[RelationKind, str] = {
    "subset": "of",
    "superset": "of",
    "disjoint": "from",
    "equal": "to",
    "sorted": "order",
    "count": "is",
    "every": "is",
}
_ORDERS = ("ascending", "descending")


def read_relations(value: Value) -> tuple[Relation, ...]:
    """Return the relations in order; each is a mapping with its kind as the only key."""
    relations = [_read_relation(item) for item in value.read_items()]
    return tuple(relation for relation in relations if relation)


def _read_relation(value: Value) -> Relation | None:
    entries = value.read_entries()
    if len(entries) != 1:
        if isinstance(value.value, dict):
            value.report("a relation has one key, its kind", f"kinds: {', '.join(KINDS)}")
        return None
    word, body = next(iter(entries.items()))
    kind = next((kind for kind in KINDS if kind == word), None)
    if kind is None:
        body.report(f"unknown relation '{word}'", suggest_or_list(word, KINDS))
        return None
    operand = _OPERANDS.get(kind)
    keys = ("this", operand) if operand else ("this",)
    section = body.read_section(f"the relation '{kind}'", keys, required=keys)
    if section is None:
        return None
    return Relation(
        kind=kind,
        this=section.read("this", _read_this) or "",
        operand=_read_operand(section, kind, operand),
        location=value.location,
    )


def _read_this(value: Value) -> str | None:
    return value.read_parsed(parse_path_or_expression)


def parse_path_or_expression(text: str) -> str:
    """Return a JSONPath, or a text that is one whole expression, as it is; raises FormError."""
    if not text.startswith("${"):
        return parse_jsonpath(text)
    try:
        if is_whole_expression(text):
            return text
    except ExpressionError as error:
        raise FormError(str(error)) from None
    raise FormError(f"'{text}' is neither a JSONPath nor one expression")


def _read_operand(section: Section, kind: RelationKind, key: str | None) -> Json:
    value = section.get(key) if key else None
    if value is None:
        return None
    match kind:
        case "sorted":
            return value.read_choice(_ORDERS)
        case "count" | "every":
            return _read_is(value, kind)
        case "equal":
            return _read_comparable(value)
        case _:
            return _read_collection(value)


def _read_is(value: Value, kind: RelationKind) -> Json:
    if isinstance(value.value, list):
        value.report("'is' must be a scalar or a JSON Schema, not a list")
    elif kind == "count" and not _is_count(value.value):
        value.report("'is' of a count must be a whole number, a JSON Schema or an expression")
    return read_matcher(value).value


def _is_count(value: Json) -> bool:
    if isinstance(value, bool):
        return False
    return isinstance(value, int | dict) or (isinstance(value, str) and value.startswith("${"))


def _read_comparable(value: Value) -> Json:
    if isinstance(value.value, str) and value.value.startswith(("$.", "$[")):
        return value.read_parsed(parse_jsonpath)
    check_expressions(value)
    return value.value


def _read_collection(value: Value) -> Json:
    if isinstance(value.value, list):
        check_expressions(value)
        return value.value
    if isinstance(value.value, str) and not value.value.startswith("$"):
        value.report(f"{value.name} must be an expression, a JSONPath or a list")
        return None
    return value.read_parsed(parse_path_or_expression)
