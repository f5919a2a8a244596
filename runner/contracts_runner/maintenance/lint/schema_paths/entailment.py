"""Tells whether every value of a shape fulfils a rule, as far as that can be seen without doubt."""

from collections.abc import Iterable, Mapping

from contracts_runner.maintenance.lint.schema_paths.shape import Member, Shape
from contracts_runner.maintenance.lint.schema_paths.steps import Steps, find_shape_types
from contracts_runner.maintenance.lint.schema_paths.types import list_values, read_types
from contracts_runner.model.json import Json, is_equal

# A rule with any other keyword is one that a value might break.
_UNDERSTOOD = frozenset({"type", "const", "enum", "required", "properties", "title"})


def always_fulfils(steps: Steps, shape: Shape, rule: Iterable[Shape]) -> bool:
    """True if no value of the shape breaks the rule, whose alternatives are given; False where one might."""
    return any(all(_fulfils(steps, shape, member) for member in alternative) for alternative in rule)


def _fulfils(steps: Steps, shape: Shape, member: Member) -> bool:
    schema = member.schema
    return (
        _UNDERSTOOD.issuperset(schema)
        and _has_types(shape, schema)
        and _has_listed_value(shape, schema)
        and _has_required(shape, schema)
        and all(_fulfils_property(steps, shape, member, name) for name in schema.get("properties", {}))
    )


def _has_types(shape: Shape, schema: Mapping[str, Json]) -> bool:
    return "type" not in schema or find_shape_types(shape) <= read_types(schema["type"])


def _has_listed_value(shape: Shape, schema: Mapping[str, Json]) -> bool:
    allowed = list_values(schema)
    if allowed is None:
        return True
    lists = [values for member in shape if (values := list_values(member.schema)) is not None]
    return any(all(any(is_equal(value, good) for good in allowed) for value in values) for values in lists)


def _has_required(shape: Shape, schema: Mapping[str, Json]) -> bool:
    if "object" not in find_shape_types(shape):
        return True
    required = {name for member in shape for name in member.schema.get("required", ())}
    return required.issuperset(schema.get("required", ()))


def _fulfils_property(steps: Steps, shape: Shape, member: Member, name: str) -> bool:
    rule = steps.shapes.expand(member.schema["properties"][name], member.root)
    return all(always_fulfils(steps, found, rule) for found in steps.at_name(shape, name).shapes)
