"""Reads what a value must be: equal to a scalar, null or list, or of a JSON Schema (docs/design.md, Matchers)."""

from collections.abc import Iterator, Mapping

import jsonschema_rs

from contracts_runner.errors import Rule
from contracts_runner.model.contract import ValueMatcher
from contracts_runner.model.json import Json
from contracts_runner.reading.expressions import (
    ExpressionError,
    evaluate,
    is_whole_expression,
    iter_texts,
    parse_template,
)
from contracts_runner.reading.forms import Value
from contracts_runner.reading.schema_keywords import FORMATS, KEYWORDS, ONE_SCHEMA, SCHEMA_LISTS, SCHEMA_MAPS, TYPES
from contracts_runner.reading.schema_types import can_fail, find_keyword_types, join_types, read_types
from contracts_runner.reading.suggest import suggest

# What is suggested for an unknown word: `id` is rather a property of the wanted object than `$id`.
_PLAIN_KEYWORDS = frozenset(keyword for keyword in KEYWORDS if keyword.isalpha())
# Their targets may be in the spec, which is checked with the other references.
_REFERENCES = frozenset({"$ref", "$dynamicRef"})


def read_matcher(value: Value) -> ValueMatcher:
    """Return the matcher; mistakes of a schema are reported at their own lines."""
    check_expressions(value)
    is_schema = isinstance(value.value, Mapping)
    if is_schema:
        _check_schema(value)
    return ValueMatcher(value=value.value, is_schema=is_schema)


def check_expressions(value: Value) -> None:
    """Report each text whose `${…}` cannot be read."""
    for pointer, text in iter_texts(value.value):
        try:
            parse_template(text)
        except ExpressionError as error:
            value.at(*pointer).report(str(error), rule=Rule.EXPRESSION)


def _check_schema(value: Value) -> None:
    before = len(value.reading.problems)
    schema = _prepare(value)
    if len(value.reading.problems) > before:
        return
    try:
        jsonschema_rs.Draft202012Validator(schema)
    except jsonschema_rs.ValidationError as error:
        value.at(*error.instance_path).report(f"not a JSON Schema: {error.message}", rule=Rule.SCHEMA)
    except ValueError as error:
        value.report(f"not a JSON Schema: {error}", rule=Rule.SCHEMA)
    else:
        _check_scope(value)


def _check_scope(value: Value) -> None:
    """Report what can fail on nothing: a whole schema, or a keyword."""
    if not can_fail(value.value):
        hint = "to compare with a whole object write {const: {…}}; that it is there is said by `required` of its parent"
        value.report("this schema can fail on nothing", hint, rule=Rule.SCHEMA)
    for place in _iter_schemas(value):
        _check_types(place)


def _iter_schemas(value: Value) -> Iterator[Value]:
    """Yield a schema and those inside of it."""
    if not isinstance(value.value, Mapping):
        return
    yield value
    for key, child in value.value.items():
        if key in ONE_SCHEMA:
            yield from _iter_schemas(value.at(key))
        elif key in SCHEMA_LISTS and isinstance(child, list):
            yield from (found for index in range(len(child)) for found in _iter_schemas(value.at(key, index)))
        elif key in SCHEMA_MAPS and isinstance(child, Mapping):
            yield from (found for name in child for found in _iter_schemas(value.at(key, name)))


def _check_types(place: Value) -> None:
    """Report a keyword that is about none of the types that its schema has."""
    schema = place.value
    meant = {key: types for key in schema if (types := find_keyword_types(key, schema[key]))}
    if "type" in schema:
        own = read_types(schema)
        for key, types in meant.items():
            if own and not own & types:
                message = f"'{key}' is about {join_types(types)}, not {join_types(own)}: it can fail on nothing"
                place.at(key).report(message, rule=Rule.SCHEMA)
    elif meant and not frozenset.intersection(*meant.values()):
        words = ", ".join(f"'{key}' {join_types(types)}" for key, types in meant.items())
        place.report(
            f"no value is of all types that these mean: {words}", "use anyOf, or name the types", rule=Rule.SCHEMA
        )


def _prepare(value: Value) -> Json:
    """Return the schema as far as it is known now, without references and expressions; report what a validator
    would not.

    It ignores unknown keywords, types and formats, so a misspelt one would be a check that cannot fail.
    """
    if not isinstance(value.value, Mapping):
        return value.value
    prepared: dict[str, Json] = {}
    for key, child in value.value.items():
        place = value.at(key)
        if key not in KEYWORDS:
            if not key.startswith("x-"):
                hint = suggest(key, _PLAIN_KEYWORDS) or "to compare with a whole object write {const: {…}}"
                place.report(f"'{key}' is not a keyword of JSON Schema", hint, rule=Rule.SCHEMA)
        elif key in ONE_SCHEMA:
            prepared[key] = _prepare(place)
        elif key in SCHEMA_LISTS and isinstance(child, list):
            prepared[key] = [_prepare(item) for item in place.read_list()]
        elif key in SCHEMA_MAPS and isinstance(child, Mapping):
            prepared[key] = {name: _prepare(item) for name, item in place.read_entries().items()}
        elif not _is_open(child) and not (key in _REFERENCES and isinstance(child, str)):
            _check_word(place, key)
            prepared[key] = child if key in ("const", "enum") else _evaluate_sample(child)
    return prepared


def _check_word(place: Value, key: str) -> None:
    words = place.value if isinstance(place.value, list) else [place.value]
    if key == "type":
        for word in words:
            if word not in TYPES:
                place.report(f"'{word}' is not a type of JSON Schema", suggest(str(word), TYPES), rule=Rule.SCHEMA)
    if key == "format" and isinstance(place.value, str) and place.value not in FORMATS:
        place.report(f"unknown format '{place.value}'", suggest(place.value, FORMATS), rule=Rule.SCHEMA)


def _is_open(value: Json) -> bool:
    """True for a value that is known only when the step runs."""
    try:
        return isinstance(value, str) and is_whole_expression(value)
    except ExpressionError:
        return True


def _evaluate_sample(value: Json) -> Json:
    """Return the value with "0" for each expression, for checks of form."""
    try:
        return evaluate(value, lambda _: "0")
    except ExpressionError:
        return value
