"""Guesses which branch of a `oneOf` or `anyOf` a value is intended to match."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import PurePosixPath

from jsonschema_rs import ValidationError

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json, is_equal
from contracts_runner.model.json_pointer import Pointer, find_value, parse_pointer
from contracts_runner.openapi.explain_text import render_value

_MAX_HOPS = 20


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch with what is wrong in it; `tags` are those of its `properties` that have only certain values."""

    number: int
    schema: Mapping[str, Json]
    errors: Sequence[ValidationError]
    properties: Mapping[str, Json]
    tags: Mapping[str, Sequence[Json]]

    @property
    def name(self) -> str:
        """The name of the schema that it refers to, else its title, else its one tag, else its number."""
        if isinstance(reference := self.schema.get("$ref"), str):
            return _name_definition(reference)
        if title := self.schema.get("title"):
            return str(title)
        values = [values[0] for values in self.tags.values() if len(values) == 1]
        return str(values[0]) if len(values) == 1 else f"branch {self.number}"

    @property
    def is_named(self) -> bool:
        """Tell whether a reader knows the name."""
        return self.name != f"branch {self.number}"

    def has_wrong_type(self, base: Pointer) -> bool:
        """Tell whether the value is not even of the branch's type."""
        return any(error.kind.name == "type" and tuple(error.instance_path) == base for error in self.errors)

    def rank(self, base: Pointer) -> tuple[int, int, int]:
        """Less is nearer: where only deep details are wrong, the whole is right."""
        depths = [len(error.instance_path) - len(base) for error in self.errors]
        return depths.count(0), len(depths), -max(depths, default=0)


@dataclass(frozen=True, slots=True)
class Choice:
    """The likely branch and why. Without a branch, `tag` is the property that distinguishes the branches, and has
    none of the `allowed` values."""

    branch: Branch | None
    reason: str = ""
    is_by_type: bool = False
    tag: str = ""
    allowed: tuple[Json, ...] = ()


def build_branches(
    schema: Mapping[str, Json], keyword: str, contexts: Iterable[Sequence[ValidationError]], root: Json
) -> tuple[Branch, ...]:
    """Return the branches of `keyword` in `schema`, which is part of `root`; `contexts` has the errors of each."""
    schemas = schema.get(keyword, ())
    built = []
    for index, errors in enumerate(contexts):
        part = schemas[index] if index < len(schemas) and isinstance(schemas[index], Mapping) else {}
        properties = _find_properties(part, root)
        built.append(Branch(index + 1, part, list(errors), properties, _find_tags(properties)))
    return tuple(built)


def choose_branch(branches: Sequence[Branch], schema: Mapping[str, Json], value: Json, base: Pointer) -> Choice:
    """Return the branch that `value`, at instance path `base`, is most likely intended to match.

    In this order: by `discriminator`, by a property with const or enum values that differ between the branches, by
    type, by a property that it knows, by the fewest and deepest errors.
    """
    if isinstance(value, Mapping):
        if choice := _choose_by_discriminator(branches, schema.get("discriminator"), value):
            return choice
        if choice := _choose_by_tag(branches, value):
            return choice
    typed = [branch for branch in branches if not branch.has_wrong_type(base)]
    if len(typed) == 1:
        return Choice(typed[0], "by its type", is_by_type=True)
    alike = [branch for branch in typed if isinstance(value, Mapping) and branch.properties.keys() & value.keys()]
    return Choice(min(alike or typed or branches, key=lambda branch: branch.rank(base)), "the nearest")


def _choose_by_discriminator(branches: Sequence[Branch], rule: Json, value: Mapping[str, Json]) -> Choice | None:
    name = rule.get("propertyName") if isinstance(rule, Mapping) else None
    if not isinstance(name, str) or name not in value:
        return None
    tag = value[name]
    mapping = rule.get("mapping", {})
    for branch in branches:
        if mapping.get(str(tag)) == branch.schema.get("$ref", "") or branch.name == tag:
            return Choice(branch, f"{name} is {render_value(tag)}")
    known = [*mapping, *(branch.name for branch in branches if branch.schema.get("$ref") not in mapping.values())]
    return Choice(None, tag=name, allowed=tuple(known))


def _choose_by_tag(branches: Sequence[Branch], value: Mapping[str, Json]) -> Choice | None:
    for name in dict.fromkeys(name for branch in branches for name in branch.tags if name in value):
        having = [branch for branch in branches if name in branch.tags]
        matching = [branch for branch in having if _contains(branch.tags[name], value[name])]
        if len(matching) == 1:
            return Choice(matching[0], f"{name} is {render_value(value[name])}")
        allowed = tuple(item for branch in having for item in branch.tags[name])
        if not matching and len(having) == len(branches) > 1 and _are_different(allowed):
            return Choice(None, tag=name, allowed=allowed)
    return None


def _find_properties(schema: Json, root: Json, hops: int = 0) -> dict[str, Json]:
    found: dict[str, Json] = {}
    if isinstance(schema, Mapping) and hops < _MAX_HOPS:
        for part in _iter_parts(schema, root):
            found |= _find_properties(part, root, hops + 1)
        properties = schema.get("properties")
        found |= properties if isinstance(properties, Mapping) else {}
    return found


def _find_tags(properties: Mapping[str, Json]) -> dict[str, Sequence[Json]]:
    tags: dict[str, Sequence[Json]] = {}
    for name, rule in properties.items():
        if isinstance(rule, Mapping) and ("const" in rule or isinstance(rule.get("enum"), list)):
            tags[name] = [rule["const"]] if "const" in rule else rule["enum"]
    return tags


def _iter_parts(schema: Mapping[str, Json], root: Json) -> Iterator[Json]:
    if isinstance(reference := schema.get("$ref"), str) and reference.startswith("#"):
        with suppress(KeyError):
            yield find_value(root, parse_pointer(reference))
    branches = schema.get("allOf")
    yield from branches if isinstance(branches, list) else ()


def _contains(values: Sequence[Json], wanted: Json) -> bool:
    return any(is_equal(value, wanted) for value in values)


def _are_different(values: Sequence[Json]) -> bool:
    return not any(_contains(values[:index], value) for index, value in enumerate(values))


def _name_definition(reference: str) -> str:
    """Return the last word of a translated reference, whose definitions are named by pointers into the document."""
    *_, name = parse_pointer(reference)
    *_, name = parse_pointer(str(name)) if str(name).startswith("/") else (name,)
    return PurePosixPath(str(name)).stem
