"""The form of `relations:` of an expectation (docs/design.md, Relations)."""

from typing import Self, get_args

from contracts_runner.model.contract import Relation, RelationKind, SortedAs
from contracts_runner.model.json import Json
from contracts_runner.reading.declarations import Form, Key, Reader
from contracts_runner.reading.forms import Value
from contracts_runner.reading.matchers import read_matcher
from contracts_runner.reading.readers import choice, items, member
from contracts_runner.reading.suggest import suggest_or_list
from contracts_runner.reading.value_readers import JSONPATH, MATCHER, PATH_OR_EXPRESSION, TEMPLATE_SCHEMA, VALUE


def _read_is(value: Value) -> Json:
    if isinstance(value.value, list):
        value.report("'is' must be a scalar or a JSON Schema, not a list")
    return read_matcher(value).value


def _read_count(value: Value) -> Json:
    is_text = isinstance(value.value, str) and value.value.startswith("${")
    is_number = isinstance(value.value, int) and not isinstance(value.value, bool)
    if not (is_text or is_number or isinstance(value.value, dict | list)):
        value.report("'is' of a count must be a whole number, a JSON Schema or an expression")
    return _read_is(value)


def _read_comparable(value: Value) -> Json:
    is_path = isinstance(value.value, str) and value.value.startswith(("$.", "$["))
    return JSONPATH.read(value) if is_path else VALUE.read(value)


def _read_collection(value: Value) -> Json:
    if isinstance(value.value, list):
        return VALUE.read(value)
    if isinstance(value.value, str) and not value.value.startswith("$"):
        value.report(f"{value.name} must be an expression, a JSONPath or a list")
        return None
    return PATH_OR_EXPRESSION.read(value)


_COLLECTION: Reader[Json] = Reader(
    _read_collection,
    {"if": {"type": "array"}, "then": VALUE.schema, "else": PATH_OR_EXPRESSION.schema},
    "JSONPath, one expression, or a list",
)
_COMPARABLE: Reader[Json] = Reader(
    _read_comparable,
    {"if": {"type": "string", "pattern": r"^\$[.\[]"}, "then": JSONPATH.schema, "else": VALUE.schema},
    "JSONPath, or any value",
)
_COUNT: Reader[Json] = Reader(
    _read_count,
    {
        "type": ["integer", "string", "object"],
        "if": {"type": "string"},
        "then": {"pattern": r"^\$\{", "allOf": [TEMPLATE_SCHEMA]},
        "else": MATCHER.schema,
    },
    "whole number, one expression, or a JSON Schema",
)
IS: Reader[Json] = Reader(
    _read_is,
    {"type": ["null", "boolean", "number", "string", "object"], "allOf": [MATCHER.schema]},
    "scalar, or JSON Schema",
)


class _Related(Form):
    this = Key(
        PATH_OR_EXPRESSION,
        "What is looked at: a JSONPath of the answer, or an expression such as ${all_ids}.",
        required=True,
        example="$.data[*].id",
    )

    @property
    def operand(self) -> Json:
        """What `this` is compared with, None for a relation without a second key."""
        return next((self.find(key) for name, key in self.keys.items() if name != "this"), None)


class SubsetForm(_Related):
    noun = "the relation 'subset'"
    of = Key(_COLLECTION, "The allowed values.", required=True, example="${all_ids}")


class SupersetForm(_Related):
    noun = "the relation 'superset'"
    of = Key(_COLLECTION, "The required values.", required=True, example="[1, 2]")


class SameItemsForm(_Related):
    noun = "the relation 'same_items'"
    as_ = Key(_COLLECTION, "The values, in any order.", required=True, example="[a, b, b]")


class DisjointForm(_Related):
    noun = "the relation 'disjoint'"
    from_ = Key(_COLLECTION, "The forbidden values.", required=True, example="$.deleted[*].id")


class EqualForm(_Related):
    noun = "the relation 'equal'"
    to = Key(
        _COMPARABLE, "A JSONPath of the answer, an expression, or the value.", required=True, example="$.data.number"
    )


class SortedForm(_Related):
    noun = "the relation 'sorted'"
    order = Key(choice("ascending", "descending"), "The direction.", required=True, example="descending")
    as_ = Key(
        member(SortedAs),
        'What texts are read as, such as "9.50" or a time of RFC 3339; as they are if left out.',
        example="number",
    )


class UniqueForm(_Related):
    noun = "the relation 'unique'"


class CountForm(_Related):
    noun = "the relation 'count'"
    is_ = Key(_COUNT, "A whole number, an expression, or a JSON Schema.", required=True, example="{minimum: 1}")


class EveryForm(_Related):
    noun = "the relation 'every'"
    is_ = Key(IS, "A scalar, or a JSON Schema.", required=True, example="true")


class RelationForm(Form, rules={"minProperties": 1, "maxProperties": 1}):
    """Compares the answer with earlier captures, or with itself; it has one key, its kind."""

    noun = "a relation"
    subset = Key(
        SubsetForm.reader(), "Every value of `this` is one of `of`.", example='{this: "$.data[*].id", of: "${all_ids}"}'
    )
    superset = Key(
        SupersetForm.reader(), "Every value of `of` is one of `this`.", example='{this: "$.data[*].id", of: [1, 2]}'
    )
    same_items = Key(
        SameItemsForm.reader(),
        "`this` has the values of `as`, each as often, in any order.",
        example='{this: "$.tags[*]", as: [a, b, b]}',
    )
    disjoint = Key(
        DisjointForm.reader(), "`this` has no value of `from`.", example='{this: "$.data[*].id", from: "${old_ids}"}'
    )
    equal = Key(EqualForm.reader(), "`this` is equal to `to`.", example="{this: $.data.id, to: $.data.number}")
    sorted = Key(
        SortedForm.reader(), "The values of `this` are in order.", example='{this: "$.data[*].id", order: descending}'
    )
    unique = Key(UniqueForm.reader(), "No value of `this` is repeated.", example='{this: "$.data[*].id"}')
    count = Key(CountForm.reader(), "How many values `this` has.", example='{this: "$.data[*]", is: 50}')
    every = Key(EveryForm.reader(), "What each value of `this` is.", example='{this: "$.data[*].open", is: true}')

    @classmethod
    def take(cls, value: Value) -> Self | None:
        """Return the relation, read, if it has one known kind."""
        entries = value.read_entries()
        if len(entries) != 1:
            if isinstance(value.value, dict):
                value.report("a relation has one key, its kind", f"kinds: {', '.join(cls.keys)}")
            return None
        ((word, body),) = entries.items()
        if word not in cls.keys:
            body.report(f"unknown relation '{word}'", suggest_or_list(word, cls.keys))
            return None
        return cls(value)


def _build_relation(form: RelationForm) -> Relation | None:
    (word,) = form.place.value
    kind: RelationKind = next(kind for kind in get_args(RelationKind) if kind == word)
    related: _Related | None = form.find(form.keys[kind])
    if related is None:
        return None
    return Relation(
        kind=kind,
        this=related.this or "",
        operand=related.operand,
        sorted_as=related.as_ if isinstance(related, SortedForm) else None,
        location=form.location,
    )


RELATIONS = items(RelationForm.reader().then(_build_relation))
