"""Makes the smallest value that a schema of the document describes, the same each time."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from enum import Enum
from typing import Any

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.drafts.matching_texts import make_matching
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, parse_pointer
from contracts_runner.openapi.bundle import Bundle

# Of each format of the registry one text that is safe to send: reserved names (RFC 2606), documentation addresses.
_TEXTS: Mapping[str, str] = {
    "date": "2030-01-31",
    "date-time": "2030-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "duration": "PT1H",
    "email": "user@example.com",
    "idn-email": "user@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://example.com/",
    "url": "https://example.com/",
    "iri": "https://example.com/",
    "uri-reference": "/",
    "iri-reference": "/",
    "uri-template": "/{id}",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "json-pointer": "/a",
    "relative-json-pointer": "0",
    "regex": "a",
    "byte": "YQ==",
    "base64url": "YQ",
    "phone": "+70000000000",
}
_COMPOSED = ("allOf", "anyOf", "oneOf")
_DEPTH = 40
_MOST_ITEMS = 100


class Unmade(Enum):
    """No value was found."""

    UNMADE = "unmade"


UNMADE = Unmade.UNMADE


@dataclass(frozen=True, slots=True)
class _View:
    """A schema with what it refers to and is composed of: keyword -> value, and property -> its places."""

    keywords: dict[str, Any] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    properties: dict[str, Pointer] = field(default_factory=dict)
    items: list[Pointer] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SmallestValues:
    """Makes values by the schemas of one document. A value is a proposal: who uses it checks it."""

    bundle: Bundle

    def make(self, pointer: str) -> Json | Unmade:
        """Return a value for the schema at `pointer` as it is sent, so without what is `readOnly`."""
        return self._make(parse_pointer(pointer), frozenset())

    def _make(self, place: Pointer, above: frozenset[Pointer]) -> Json | Unmade:
        found = self.bundle.get(place)
        if found is None or found[0] in above or len(above) > _DEPTH:
            return UNMADE
        view = _View()
        self._collect(place, view, frozenset())
        return self._make_viewed(view, above | {found[0]})

    def _collect(self, place: Pointer, view: _View, seen: frozenset[Pointer]) -> None:
        """Add a schema to the view: its own keywords, those of all of `allOf`, of the first branch of `anyOf` and
        `oneOf` that is not null."""
        found = self.bundle.get(place)
        if found is None or found[0] in seen or not isinstance(found[1], Mapping):
            return
        place, schema = found
        inner = seen | {place}
        for key, value in schema.items():
            if key not in (*_COMPOSED, "required", "properties", "items"):
                view.keywords.setdefault(key, value)
        required = schema.get("required")
        view.required.extend(name for name in (required if isinstance(required, list) else ()) if isinstance(name, str))
        properties = schema.get("properties")
        for name in properties if isinstance(properties, Mapping) else ():
            view.properties.setdefault(name, (*place, "properties", name))
        if "items" in schema:
            view.items.append((*place, "items"))
        for key in _COMPOSED:
            for branch in self._choose_branches(key, (*place, key)):
                self._collect(branch, view, inner)

    def _choose_branches(self, key: str, place: Pointer) -> Iterable[Pointer]:
        found = self.bundle.get(place)
        count = len(found[1]) if found and isinstance(found[1], list) else 0
        branches: list[Pointer] = [(*place, index) for index in range(count)]
        return branches if key == "allOf" else [each for each in branches if not self._is_null(each)][:1]

    def _is_null(self, place: Pointer) -> bool:
        found = self.bundle.get(place)
        return found is not None and isinstance(found[1], Mapping) and found[1].get("type") == "null"

    def _make_viewed(self, view: _View, above: frozenset[Pointer]) -> Json | Unmade:
        for value in _iter_named(view.keywords):
            return value
        match _choose_type(view):
            case "object":
                return self._make_object(view, above)
            case "array":
                return self._make_array(view, above)
            case "boolean":
                return False
            case "null":
                return None
            case "integer" | "number" as kind:
                return _make_number(view.keywords, is_whole=kind == "integer")
            case _:
                return _make_text(view.keywords)

    def _make_object(self, view: _View, above: frozenset[Pointer]) -> Json | Unmade:
        made: dict[str, Json] = {}
        fewest = view.keywords.get("minProperties")
        wanted = [name for name in dict.fromkeys(view.required) if not self._is_read_only(view, name)]
        optional = [name for name in view.properties if name not in wanted and not self._is_read_only(view, name)]
        for name in (*wanted, *optional):
            if name not in wanted and len(made) >= (fewest if isinstance(fewest, int) else 0):
                break
            value = self._make(view.properties[name], above) if name in view.properties else "a"
            if not isinstance(value, Unmade):
                made[name] = value
            elif name in wanted:
                return UNMADE
        return made

    def _make_array(self, view: _View, above: frozenset[Pointer]) -> Json | Unmade:
        fewest = view.keywords.get("minItems")
        count = min(fewest, _MOST_ITEMS) if isinstance(fewest, int) else 0
        item = self._make(view.items[0], above) if view.items and count else "a"
        if isinstance(item, Unmade):
            return UNMADE
        if view.keywords.get("uniqueItems") is True:
            return [item + index if isinstance(item, int) else f"{item}{index or ''}" for index in range(count)]
        return [item] * count

    def _is_read_only(self, view: _View, name: str) -> bool:
        found = self.bundle.get(view.properties[name]) if name in view.properties else None
        return found is not None and isinstance(found[1], Mapping) and found[1].get("readOnly") is True


def _iter_named(schema: Mapping[str, Any]) -> Iterator[Json]:
    """Yield what the document names for the value."""
    if "const" in schema:
        yield schema["const"]
    for key in ("example", "default"):
        if schema.get(key) is not None:
            yield schema[key]
    for key in ("examples", "enum"):
        values = schema.get(key)
        yield from (value for value in (values if isinstance(values, list) else ()) if value is not None)


def _choose_type(view: _View) -> str:
    stated = view.keywords.get("type")
    types = stated if isinstance(stated, list) else [stated]
    for kind in types:
        if isinstance(kind, str) and (kind != "null" or len(types) == 1):
            return kind
    if view.properties or view.required or "additionalProperties" in view.keywords:
        return "object"
    if view.items:
        return "array"
    return "number" if {"minimum", "maximum", "multipleOf"} & view.keywords.keys() else "string"


def _make_number(schema: Mapping[str, Any], *, is_whole: bool) -> Json:
    step = schema.get("multipleOf") or 1
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    # True in OpenAPI 3.0, where it is a mark on `minimum`.
    above, low = (low, None) if above is True else (None if above is False else above, low)
    below, high = (high, None) if below is True else (None if below is False else below, high)
    candidates = [1, 0, step, -1, -step]
    candidates += [each + shift for each in (low, above, high, below) if each is not None for shift in (0, step, -step)]
    bounds = [each for each in (low, above, high, below) if isinstance(each, int | float)]
    candidates += [each / 2 for each in bounds] + ([sum(bounds) / len(bounds)] if bounds else [])
    if low is not None:
        candidates.append(-(-low // step) * step)  # the first multiple that is large enough

    def is_fitting(value: float) -> bool:
        return (
            (low is None or value >= low)
            and (high is None or value <= high)
            and (above is None or value > above)
            and (below is None or value < below)
            and (not is_whole or value == int(value))
            and (value / step == int(value / step) or "multipleOf" not in schema)
        )

    return next((int(each) if each == int(each) else each for each in candidates if is_fitting(each)), 1)


def _make_text(schema: Mapping[str, Any]) -> Json | Unmade:
    if isinstance(pattern := schema.get("pattern"), str):
        made = make_matching(pattern)
        return UNMADE if made is None else _stretch(made, schema)
    text = _TEXTS.get(str(schema.get("format")), "")
    return text or _stretch("a", schema)


def _stretch(text: str, schema: Mapping[str, Any]) -> str:
    fewest, most = schema.get("minLength"), schema.get("maxLength")
    if isinstance(fewest, int) and len(text) < fewest:
        text = (text or "a") * (fewest // len(text or "a") + 1)
        text = text[:fewest]
    return text[:most] if isinstance(most, int) else text
