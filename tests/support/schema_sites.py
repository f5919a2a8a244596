"""The properties that schemas require: those of a spec, and where they stand in one value."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from contracts_runner.project.spec import Spec

_BRANCHES = ("allOf", "anyOf", "oneOf")


@dataclass(frozen=True)
class Site:
    """A required property of one value, `holder[name]`, and the place of the schema that requires it."""

    schema: str
    holder: dict[str, Any]
    name: str

    @property
    def key(self) -> str:
        """What tells it from the other required properties of the spec."""
        return f"{self.schema} {self.name}"


class SiteFinder:
    """Finds required properties by the schemas of one spec."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec

    def iter_declared(self, pointer: str) -> Iterator[str]:
        """Yield the keys of all properties that the schema at a pointer requires, in whatever branch."""
        pending, seen = [pointer], set()
        while pending:
            place, schema = self._find(pending.pop())
            if place in seen or not isinstance(schema, dict):
                continue
            seen.add(place)
            yield from (f"{place} {name}" for name in schema.get("required", ()))
            pending += [f"{place}/{part}" for part in _iter_parts(schema)]

    def iter_sites(self, pointer: str, value: Any) -> Iterator[Site]:
        """Yield the required properties that stand in a value."""
        place, schema = self._find(pointer)
        if not isinstance(schema, dict):
            return
        if isinstance(value, dict):
            yield from (Site(place, value, name) for name in schema.get("required", ()) if name in value)
        for part in _iter_parts(schema):
            below = f"{place}/{part}"
            # Of branches those are meant that the value satisfies.
            if not part.startswith(_BRANCHES) or not self._spec.schemas.check_response(below, value):
                for item in _take(value, part, schema):
                    yield from self.iter_sites(below, item)

    def _find(self, pointer: str) -> tuple[str, Any]:
        place, schema = self._spec.bundle.find(pointer)
        return "#" + "".join(f"/{_escape(str(part))}" for part in place), schema


def _iter_parts(schema: dict[str, Any]) -> Iterator[str]:
    """Yield the pointers of a schema's parts, relative to it."""
    for key in ("allOf", "anyOf", "oneOf", "prefixItems"):
        yield from (f"{key}/{index}" for index in range(len(schema.get(key, ()))))
    for key in ("properties", "patternProperties"):
        yield from (f"{key}/{_escape(name)}" for name in schema.get(key, ()))
    for key in ("additionalProperties", "items"):
        if isinstance(schema.get(key), dict):
            yield key


def _take(value: Any, part: str, schema: dict[str, Any]) -> list[Any]:
    """Return what of a value a part of its schema describes."""
    kind, _, name = part.partition("/")
    name = name.replace("~1", "/").replace("~0", "~")
    match kind, value:
        case "properties", dict():
            return [value[name]] if name in value else []
        case "patternProperties", dict():
            return [item for key, item in value.items() if re.search(name, key)]
        case "additionalProperties", dict():
            return [item for key, item in value.items() if key not in schema.get("properties", {})]
        case "prefixItems", list():
            return value[int(name) : int(name) + 1]
        case "items", list():
            return value[len(schema.get("prefixItems", ())) :]
        case "allOf" | "anyOf" | "oneOf", _:
            return [value]
    return []


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
