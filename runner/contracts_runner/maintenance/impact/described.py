"""An operation as a document describes it, with the place of each part: references are followed."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cached_property
from typing import Any

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer
from contracts_runner.openapi.bundle import Bundle
from contracts_runner.openapi.object_kinds import METHODS

_IGNORED_HEADERS = ("accept", "content-type", "authorization")
_STYLES = {"path": "simple", "header": "simple"}


@dataclass(frozen=True, slots=True)
class Described:
    """A value of a document and its place."""

    bundle: Bundle = field(repr=False)
    place: Pointer
    value: Mapping[str, Json]

    def find(self, *parts: str | int) -> "Described | None":
        """Return the object below, None where there is none."""
        found = self.bundle.get((*self.place, *parts))
        return Described(self.bundle, found[0], found[1]) if found and isinstance(found[1], Mapping) else None

    def iter_named(self, key: str) -> Iterator[tuple[str, "Described"]]:
        """Yield the named objects of a mapping."""
        holder = self.find(key)
        for name in holder.value if holder else ():
            if holder and (found := holder.find(name)):
                yield str(name), found

    @property
    def is_required(self) -> bool:
        """Whether it must be there."""
        return self.value.get("required") is True

    @property
    def is_deprecated(self) -> bool:
        """Whether it will go."""
        return self.value.get("deprecated") is True

    @property
    def content(self) -> dict[str, "Described"]:
        """Media type -> what is said of it."""
        return {name.strip(): found for name, found in self.iter_named("content")}

    @property
    def schemas(self) -> tuple[Pointer, ...]:
        """The place of its schema, its only content's where it has none of its own."""
        if "schema" in self.value:
            return ((*self.place, "schema"),)
        return next((found.schemas for found in self.content.values()), ())


@dataclass(frozen=True)
class DescribedOperation(Described):
    """An operation, a webhook's or a callback's too; `path` is its template, `item` the place of its path item."""

    label: str = ""
    method: str = ""
    path: str = ""
    item: Pointer = ()

    @property
    def name(self) -> str:
        """The method and the path."""
        return f"{self.method.upper()} {self.path}"

    @property
    def operation_id(self) -> str:
        """Its operationId, "" without one."""
        found = self.value.get("operationId", "")
        return str(found) if isinstance(found, str | int | float) else ""

    @cached_property
    def parameters(self) -> dict[tuple[str, str], Described]:
        """(place, name) -> parameter; names of headers in lower case."""
        merged: dict[tuple[str, str], Described] = {}
        for holder in (self.item, self.place):
            found = self.bundle.get((*holder, "parameters"))
            for index in range(len(found[1]) if found and isinstance(found[1], list) else 0):
                parameter = Described(self.bundle, (), {}).find(*holder, "parameters", index)
                placement, name = (str(parameter.value.get(key)) for key in ("in", "name")) if parameter else ("", "")
                if parameter and placement == "header":
                    name = name.lower()
                if parameter and not (placement == "header" and name in _IGNORED_HEADERS):
                    merged[placement, name] = parameter
        return merged

    @cached_property
    def body(self) -> Described | None:
        """The request body."""
        return self.find("requestBody")

    @cached_property
    def responses(self) -> dict[str, Described]:
        """Status, class of them ("4XX") or "default" -> response."""
        named = self.iter_named("responses")
        return {name.upper() if name.upper().endswith("XX") else name: found for name, found in named}

    @cached_property
    def callbacks(self) -> dict[str, "DescribedOperation"]:
        """Callback, its expression and method -> what the service sends."""
        return {
            f"{name} {expression} {method}": operation
            for name, callback in self.iter_named("callbacks")
            for expression in callback.value
            if (item := callback.find(expression))
            for method, operation in iter_methods(item)
        }


def iter_methods(item: Described) -> Iterator[tuple[str, DescribedOperation]]:
    """Yield the operations of a path item that is none of a path."""
    for method in METHODS:
        if found := item.find(method):
            yield method, DescribedOperation(item.bundle, found.place, found.value, method=method, item=item.place)


def read_headers(response: Described) -> dict[str, Described]:
    """Return the headers of a response by their names in lower case."""
    named = {name.lower(): found for name, found in response.iter_named("headers")}
    return {name: found for name, found in named.items() if name != "content-type"}


def read_style(parameter: Described) -> tuple[Any, ...]:
    """Return how a parameter is written, as far as the document says it, or OpenAPI where it does not."""
    value = parameter.value
    style = value.get("style") or _STYLES.get(str(value.get("in")), "form")
    explode = value.get("explode", style in ("form", "cookie"))
    return style, explode is True, value.get("allowReserved") is True, next(iter(parameter.content), "")
