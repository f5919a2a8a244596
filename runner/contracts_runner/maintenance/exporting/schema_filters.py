"""JSON Schemas as filters of JSONPath (RFC 9535), as far as a filter can say what a schema says."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from functools import reduce

from iregexp_check import check as is_portable_pattern

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.exporting.filter_queries import (
    ROOT,
    Nodes,
    UnsayableError,
    render_literal,
    render_step,
)
from contracts_runner.model.json import Json

_COMPARISONS = {"minimum": ">=", "maximum": "<=", "exclusiveMinimum": ">", "exclusiveMaximum": "<"}
_SIZES = {"minItems": ">=", "maxItems": "<=", "minProperties": ">=", "maxProperties": "<="}
# Those whose test holds of nothing that is not there.
_POSITIVE = {"const", "enum", "type"}
_ANNOTATIONS = frozenset({"title", "description", "examples", "default", "$comment", "deprecated"})
# What RFC 9535 can tell of a value's type: a list and an object that are empty look the same.
_TYPES: Mapping[str, Callable[[str], str]] = {
    "null": lambda at: f"{at} == null",
    "boolean": lambda at: f"({at} == true || {at} == false)",
    "string": lambda at: f"search({at}, '')",
    "number": lambda at: f"({at} <= 0 || {at} > 0)",
}


@dataclass(slots=True)
class Tests:
    """What holds of a value where a schema does, together; `lost` names the keywords that no filter says."""

    texts: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)

    def try_add(self, build: Callable[..., str], *arguments: object) -> None:
        """Add a test, or what of it no filter says."""
        try:
            self.texts.append(build(*arguments))
        except UnsayableError as error:
            self.lost.append(str(error))

    def join(self) -> str:
        """Return all together; raises UnsayableError where something is lost, or nothing is tested."""
        if self.lost or not self.texts:
            raise UnsayableError(", ".join(self.lost) or "a schema that is true for all")
        return join_all(dict.fromkeys(self.texts))


def build_tests(schema: Json, at: str) -> Tests:
    """Return the tests of one value, which is at a singular path or the result of `count`."""
    tests = Tests()
    if not isinstance(schema, Mapping):
        tests.lost.append("a schema that is no mapping")
        return tests
    for keyword, value in schema.items():
        if keyword not in _ANNOTATIONS and not _is_implied(keyword, value, schema):
            tests.try_add(_build, keyword, value, at, schema)
    return tests


def build_list_tests(schema: Json, nodes: Nodes) -> Tests:
    """Return the tests of the list of a path's matches."""
    tests = Tests()
    if not isinstance(schema, Mapping):
        tests.lost.append("a schema that is no mapping")
        return tests
    for keyword, value in schema.items():
        if keyword not in _ANNOTATIONS and (keyword, value) != ("type", "array"):
            tests.try_add(_build_of_list, keyword, value, nodes)
    return tests


def build_equality(at: str, value: Json) -> str:
    """Return the test that a value is equal to another one; raises UnsayableError."""
    match value:
        case list():
            parts = [build_equality(at + render_step(index), item) for index, item in enumerate(value)]
            return join_all([f"length({at}) == {len(value)}", *(parts or [f"!{_TYPES['string'](at)}"])])
        case Mapping():
            parts = [build_equality(at + render_step(name), item) for name, item in value.items()]
            return join_all([f"length({at}) == {len(value)}", *(parts or [f"!{_TYPES['string'](at)}"])])
        case _:
            return f"{at} == {render_literal(value)}"


def _build(keyword: str, value: Json, at: str, schema: Mapping[str, Json]) -> str:
    match keyword:
        case "const":
            return build_equality(at, value)
        case "enum" if isinstance(value, list) and value:
            return _join_any(build_equality(at, each) for each in value)
        case "type":
            return _join_any(_build_type(each, at, schema) for each in (value if isinstance(value, list) else [value]))
        case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum":
            return f"{at} {_COMPARISONS[keyword]} {render_literal(value)}"
        case "minItems" | "maxItems" | "minProperties" | "maxProperties":
            return f"length({at}) {_SIZES[keyword]} {value}"
        case "minLength" | "maxLength":
            return f"length({at}) {'>=' if keyword == 'minLength' else '<='} {value}"
        case "pattern" if isinstance(value, str):
            return _build_pattern(at, value)
        case "required" if isinstance(value, list) and value:
            return join_all(at + render_step(name) for name in _list_required(schema))
        case "properties" if isinstance(value, Mapping) and value:
            return join_all(_build_property(name, each, at, schema) for name, each in value.items())
        case "items":
            return f"!{at}[?!({_build_all(value, ROOT)})]"
        case "contains" if not {"minContains", "maxContains"} & schema.keys():
            return f"{at}[?{_build_all(value, ROOT)}]"
        case "not":
            return f"!({_build_all(value, at)})"
        case "allOf" if isinstance(value, list):
            return join_all(_build_all(each, at) for each in value)
        case "anyOf" if isinstance(value, list):
            return _join_any(_build_all(each, at) for each in value)
        case _:
            raise UnsayableError(keyword)


def _build_of_list(keyword: str, value: Json, nodes: Nodes) -> str:
    match keyword:
        case "minItems" | "maxItems":
            return f"count({nodes.text}) {_SIZES[keyword]} {value}"
        case "contains":
            return nodes.find_item(_build_all(value, nodes.tail))
        case "items":
            inner = f"!({_build_all(value, nodes.tail)})"
            return "!" + nodes.find_item(inner if nodes.tail == ROOT else f"{nodes.tail} && {inner}")
        case _:
            raise UnsayableError(keyword)


def _build_all(schema: Json, at: str) -> str:
    """Return one test for a whole schema: where it is negated, or one of several, nothing of it may be lost."""
    if isinstance(schema, bool):
        raise UnsayableError("a schema that is true or false")
    return build_tests(schema, at).join()


def _is_implied(keyword: str, value: Json, schema: Mapping[str, Json]) -> bool:
    """Tell whether another keyword says as much: only an object has a member, only a list a first item."""
    if (keyword, value) == ("type", "object"):
        return bool(schema.get("required"))
    if keyword == "required" and isinstance(value, list):
        return bool(value) and not _list_required(schema)
    return (keyword, value) == ("minItems", 1) and schema.get("type") == "array"


def _list_required(schema: Mapping[str, Json]) -> list[str]:
    """Return the required members of which no test says that they are there."""
    properties = schema.get("properties", {})
    tested = {name for name, each in properties.items() if isinstance(each, Mapping) and _POSITIVE & each.keys()}
    return [name for name in schema["required"] if name not in tested]


def _build_type(name: Json, at: str, schema: Mapping[str, Json]) -> str:
    if name in _TYPES:
        return _TYPES[name](at)
    match name:
        case "array" if isinstance(least := schema.get("minItems"), int) and least > 0:
            return f"{at}[0]"
        case "array":
            return f"({at}[0] || (length({at}) == 0 && !search({at}, '')))"
        case "object":
            return f"(length({at}) >= 0 && !search({at}, '') && !{at}[0])"
        case _:
            raise UnsayableError(f"type: {name}")


def _build_pattern(at: str, pattern: str) -> str:
    """An anchor at both ends is what `match` says (RFC 9485 has none)."""
    is_whole = pattern[:1] == "^" and pattern[-1:] == "$" and pattern[-2:-1] != "\\" and "|" not in pattern
    inner = pattern[1:-1] if is_whole else pattern
    if not is_portable_pattern(inner) or "^" in inner.replace("[^", "") or "$" in inner:
        raise UnsayableError(f"pattern: {pattern}")
    return f"{'match' if is_whole else 'search'}({at}, {render_literal(inner)})"


def _build_property(name: str, schema: Json, at: str, owner: Mapping[str, Json]) -> str:
    place = at + render_step(name)
    test = _build_all(schema, place)
    return test if name in owner.get("required", ()) else _join_any([f"!{place}", test])


def join_all(texts: Iterable[str]) -> str:
    """Return what holds if all hold."""
    return _join(" && ", texts)


def _join_any(texts: Iterable[str]) -> str:
    return _join(" || ", texts)


def _join(operator: str, texts: Iterable[str]) -> str:
    """Two by two: a library that others use looks at the first two of a chain alone."""
    return reduce(lambda left, right: f"{_bracket(left)}{operator}{_bracket(right)}", texts)


def _bracket(text: str) -> str:
    return f"({text})" if "&&" in text or "||" in text else text
