"""Success criteria of Arazzo as what a step expects."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

import jsonschema_rs
from jsonpath_rfc9535 import JSONPathError

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.exporting.filter_queries import UnsayableError, render_step
from contracts_runner.maintenance.importing.arazzo_references import References
from contracts_runner.maintenance.importing.filter_schemas import (
    Counted,
    Equal,
    Found,
    UnreadableFilterError,
    read_filter,
)
from contracts_runner.maintenance.importing.foreign_requests import find_open
from contracts_runner.maintenance.importing.promises import as_mapping
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import parse_pointer
from contracts_runner.model.patterns import compile_pattern, find_pattern_mistake, translate_pattern
from contracts_runner.reading.jsonpaths import read_steps
from contracts_runner.reading.places import Place

_MOST_STATUSES = 20
_ALL = frozenset(range(100, 600))
_COMPARISON = re.compile(r"\s*(\S+)\s*(==|!=|<=|>=|<|>)\s*(.+?)\s*", re.DOTALL)
_BODY = re.compile(r"\$response\.body(?:#(\S*)|\.(\S+))?")
_HEADER = re.compile(r"\$response\.header\.([A-Za-z0-9!#$%&'*+.^_`|~-]+)")
# What an exported document has for a media type.
_MEDIA_TYPE = re.compile(r"\^\\s\*(.+)\\s\*\(;\|\$\)")
_BOUNDS = {"<": "exclusiveMaximum", ">": "exclusiveMinimum", "<=": "maximum", ">=": "minimum"}


class NotReadError(Exception):
    """A criterion that no expectation says; the message says why."""


@dataclass(slots=True)
class ReadCriteria:
    """What criteria say, by the keys of `expect`. `is_list`: the answer is a list, whose items a filter tests."""

    references: References
    is_list: bool = False
    statuses: frozenset[int] = _ALL
    status: Json = None
    body: dict[str, Json] = field(default_factory=dict)
    others: dict[str, Json] = field(default_factory=dict)
    relations: list[Json] = field(default_factory=list)
    lost: list[tuple[Place, str]] = field(default_factory=list)

    def read(self, places: Iterable[Place]) -> None:
        """Read criteria, each with its place; those that cannot be said are lost."""
        for place in places:
            try:
                self._read(as_mapping(place.find()))
            except NotReadError as error:
                self.lost.append((place, str(error)))

    def build(self) -> dict[str, Json]:
        """Return `expect`."""
        status = self.status if self.status is not None else _render_statuses(self.statuses)
        return {
            **({"status": status} if status is not None else {}),
            **self.others,
            **({"body": self.body} if self.body else {}),
            **({"relations": self.relations} if self.relations else {}),
        }

    def _read(self, criterion: Mapping[str, Json]) -> None:
        condition, kind = criterion.get("condition"), criterion.get("type")
        kind = as_mapping(kind).get("type") or kind or "simple"
        if not isinstance(condition, str) or not condition.strip():
            raise NotReadError("a criterion without a condition")
        context = criterion.get("context")
        match kind:
            case "simple":
                self._read_simple(condition)
            case "regex" if isinstance(context, str):
                self._read_pattern(context, condition)
            case "jsonpath" if isinstance(context, str) and (found := _BODY.fullmatch(context)):
                self._read_jsonpath(_read_pointer(found), self._fill(condition))
            case _:
                raise NotReadError(f"the criterion {condition} ({kind})")

    def _fill(self, condition: str) -> str:
        """Return a condition with the values of its expressions as literals."""

        def render(match: re.Match[str]) -> str:
            value = self.references.resolve(match[0])
            if isinstance(value, str | int | float | bool | None) and not find_open(str(value)):
                return json.dumps(value, ensure_ascii=False)
            raise NotReadError(f"the criterion {condition}, which uses a value that only a run knows")

        return re.sub(r"\{\$[^{}]+\}", render, condition)

    def _read_simple(self, condition: str) -> None:
        groups = [[_COMPARISON.fullmatch(part) for part in group.split("&&")] for group in condition.split("||")]
        matches = [match for group in groups for match in group if match]
        if len(matches) != sum(map(len, groups)):
            raise NotReadError(f"the criterion {condition}")
        if all(match[1] == "$statusCode" and match[3].isdecimal() for match in matches):
            kept = (
                frozenset.intersection(*(_list_statuses(match[2], int(match[3])) for match in group if match))
                for group in groups
            )
            self._narrow(frozenset().union(*kept), condition)
        elif len(groups) > 1:
            raise NotReadError(f"the criterion {condition}: one of several may hold")
        else:
            for match in matches:
                self._read_comparison(match[1], match[2], match[3])

    def _narrow(self, statuses: frozenset[int], condition: str) -> None:
        listed = _render_statuses(statuses & self.statuses)
        if isinstance(listed, list) and not 0 < len(listed) <= _MOST_STATUSES:
            told = "many statuses fulfil" if listed else "no status fulfils"
            raise NotReadError(f"the criterion {condition}, which {told}")
        self.statuses &= statuses

    def _read_comparison(self, left: str, operator: str, right: str) -> None:
        value = self._read_operand(right)
        if left == "$statusCode" and operator == "==":
            self.status = value
        elif found := _BODY.fullmatch(left):
            self._expect(_read_pointer(found), _build_matcher(operator, value))
        elif (found := _HEADER.fullmatch(left)) and operator == "==" and isinstance(value, str):
            self._add_header(found[1], value)
        else:
            raise NotReadError(f"the criterion {left} {operator} {right}")

    def _read_operand(self, text: str) -> Json:
        if text.startswith("$"):
            return self.references.resolve(text)
        if text[:1] == text[-1:] == "'" and len(text) > 1:
            return text[1:-1].replace("\\'", "'")
        try:
            return json.loads(text)
        except ValueError:
            raise NotReadError(f"the value {text}") from None

    def _read_pattern(self, context: str, pattern: str) -> None:
        if wrapped := re.fullmatch(r"/(.*)/([a-z]*)", pattern):
            pattern = wrapped[1]
            if wrapped[2].strip("gu"):
                raise NotReadError(f"the flags of the pattern {wrapped[0]}")
        if fault := find_pattern_mistake(pattern) or _find_schema_fault(pattern):
            raise NotReadError(f"the pattern {pattern}: {fault}")
        if context == "$statusCode":
            compiled = compile_pattern(translate_pattern(pattern))
            self._narrow(frozenset(status for status in _ALL if compiled.is_in(str(status))), pattern)
        elif header := _HEADER.fullmatch(context):
            is_type = header[1].lower() == "content-type" and _MEDIA_TYPE.fullmatch(pattern)
            if is_type:
                self.others["media_type"] = re.sub(r"\\(.)", r"\1", is_type[1])
            else:
                self._add_header(header[1], {"pattern": pattern})
        elif found := _BODY.fullmatch(context):
            steps = _read_pointer(found)
            if steps:
                self._expect(steps, {"type": "string", "pattern": pattern})
            else:
                self.others["text"] = {"pattern": pattern}
        else:
            raise NotReadError(f"the pattern of {context}")

    def _read_jsonpath(self, place: Sequence[str | int], condition: str) -> None:
        is_of_item = self.is_list and not place
        try:
            if not condition.startswith("$[?"):
                self._expect_nodes(place, condition)
                return
            wanted = read_filter(condition, is_of_item=is_of_item)
        except (UnreadableFilterError, JSONPathError, RecursionError) as error:
            raise NotReadError(f"the criterion {condition}: {error}") from None
        for each in wanted:
            match each:
                case Equal():
                    left, right = (render_path((*place, *steps)) for steps in (each.left, each.right))
                    self.relations.append({"equal": {"this": left, "to": right}})
                case Counted():
                    path = render_path(place) + each.path[1:]
                    self.relations.append({"count": {"this": path, "is": each.matcher}})
                case Found() if is_of_item:
                    self._expect((), {"type": "array", "contains": each.nest()})
                case Found():
                    self._expect((*place, *each.steps), each.schema)

    def _expect_nodes(self, place: Sequence[str | int], path: str) -> None:
        """Expect that a path finds something."""
        steps = read_steps(path)
        if steps is None:
            self._merge(render_path(place) + path[1:], {"type": "array", "minItems": 1})
        else:
            self._expect((*place, *steps), {})

    def _expect(self, steps: Sequence[str | int], matcher: Json) -> None:
        if matcher != {}:
            self._merge(render_path(steps), matcher)
        elif steps and isinstance(steps[-1], str):
            self._merge(render_path(steps[:-1]), {"type": "object", "required": [steps[-1]]})
        elif steps:
            index = int(steps[-1])
            self._merge(render_path(steps[:-1]), {"type": "array", "minItems": index + 1 if index >= 0 else -index})
        else:
            raise NotReadError("a criterion that holds for each answer")

    def _merge(self, path: str, matcher: Json) -> None:
        if isinstance(matcher, Mapping) and matcher.keys() == {"const"} and not isinstance(matcher["const"], Mapping):
            matcher = matcher["const"]
        if path not in self.body or self.body[path] == matcher:
            self.body[path] = matcher
            return
        known = self.body[path]
        parts = known["allOf"] if isinstance(known, Mapping) and known.keys() == {"allOf"} else [_as_schema(known)]
        self.body[path] = {"allOf": [*parts, _as_schema(matcher)]}

    def _add_header(self, name: str, matcher: Json) -> None:
        headers = self.others.setdefault("headers", {})
        if name in headers:
            raise NotReadError(f"a second criterion about the header {name}")
        headers[name] = matcher


def render_path(steps: Sequence[str | int]) -> str:
    """Return names and indexes as a JSONPath; raises NotReadError."""
    try:
        return "$" + "".join(map(render_step, steps))
    except UnsayableError as error:
        raise NotReadError(str(error)) from None


def read_steps_of(pointer: str) -> tuple[str | int, ...]:
    """Return the names and indexes of a JSON Pointer; a number is an index. Raises NotReadError."""
    try:
        parts = parse_pointer(pointer)
    except ValueError as error:
        raise NotReadError(str(error)) from None
    return tuple(int(part) if re.fullmatch(r"0|[1-9][0-9]{0,8}", str(part)) else part for part in parts)


def _read_pointer(found: re.Match[str]) -> tuple[str | int, ...]:
    if found[2]:
        return read_steps_of("/" + found[2].replace(".", "/"))
    return read_steps_of(found[1] or "")


def _find_schema_fault(pattern: str) -> str:
    """Return why no schema can have a pattern, "" if one can: JavaScript reads more without its flag `u`."""
    if "{$" in pattern:
        return "it has an expression"
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except (jsonschema_rs.ValidationError, ValueError):
        return "it is none of ECMA-262 with the flag `u`"
    return ""


def _as_schema(matcher: Json) -> Json:
    return matcher if isinstance(matcher, Mapping) else {"const": matcher}


def _build_matcher(operator: str, value: Json) -> Json:
    if operator == "==":
        return value
    if operator == "!=":
        return {"not": {"const": value}}
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotReadError(f"a comparison by {operator} with what is no number")
    return {"type": "number", _BOUNDS[operator]: value}


def _list_statuses(operator: str, value: int) -> frozenset[int]:
    return frozenset(
        status
        for status in _ALL
        if (operator[0] == "<" and status < value)
        or (operator[0] == ">" and status > value)
        or (operator in ("==", "<=", ">=") and status == value)
        or (operator == "!=" and status != value)
    )


def _render_statuses(statuses: frozenset[int]) -> Json:
    """Return what `status` says of some, None of all."""
    if statuses == _ALL:
        return None
    rest, listed = set(statuses), list[Json]()
    for hundred in range(1, 6):
        whole = set(range(hundred * 100, hundred * 100 + 100))
        if whole <= rest:
            listed.append(f"{hundred}xx")
            rest -= whole
    listed += sorted(rest)
    return listed[0] if len(listed) == 1 else listed
