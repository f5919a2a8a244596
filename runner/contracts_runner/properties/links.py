"""The links that a spec declares: what they hold, the ways that lead along them, and the values that they take from a
step by runtime expressions (OpenAPI 3.1 §4.8.20)."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.needs import group_by_needs
from contracts_runner.model.exchange import Request, Response
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import find_value, parse_pointer
from contracts_runner.model.phase import GenerationPhase
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.selection import GenerationSettings

_EMBEDDED = re.compile(r"\{(\$[^{}]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A Link Object: from an answer of `source` to a request of `target`. `body` is None where the link gives none.

    `is_gone` is our extension `x-gone`: what the link names does not exist any more, so the target must refuse.
    """

    name: str
    status: str
    source: Operation
    target: Operation
    parameters: Mapping[str, Json]
    body: Json
    is_gone: bool


Way = tuple[Link, ...]


def name_link(link: Link) -> str:
    """Return the name that Schemathesis has for a link."""
    source, target = link.source, link.target
    return f"{source.method} {source.path} -> [{link.status}] {link.name} -> {target.method} {target.path}"


def read_links(spec: Spec, operations: Sequence[Operation]) -> list[Link]:
    """Return the links between the given operations, in the spec's order."""
    chosen = {operation.label for operation in operations}
    links = (link for operation in operations for link in _iter_links(spec, operation))
    return [link for link in links if link.target.label in chosen]


def tie_operations(spec: Spec, operations: Sequence[Operation], settings: GenerationSettings) -> list[tuple[str, ...]]:
    """Return the groups of operations, by label, that cannot be tested apart: where flows are generated those that
    links join, directly or not."""
    is_flowing = GenerationPhase.STATEFUL in settings.phases
    ties: dict[str, list[str]] = {operation.label: [] for operation in operations}
    for link in read_links(spec, operations) if is_flowing else ():
        ties[link.source.label].append(link.target.label)
    groups: dict[str, list[str]] = {}
    for label, group in group_by_needs(ties).items():
        groups.setdefault(group, []).append(label)
    return [tuple(group) for group in groups.values()]


def find_ways(links: Sequence[Link], starts: Sequence[Operation], *, longest: int, limit: int) -> list[Way]:
    """Return the ways from the starts that no link makes longer, each with every link at most once; at most `limit`."""
    following: dict[str, list[Link]] = {}
    for link in links:
        following.setdefault(link.source.label, []).append(link)
    ways: list[Way] = []
    waiting: list[Way] = [(link,) for start in reversed(starts) for link in reversed(following.get(start.label, []))]
    while waiting and len(ways) < limit:
        way = waiting.pop()
        longer = [link for link in following.get(way[-1].target.label, []) if link not in way]
        # After a request that must be refused there is nothing to follow.
        if way[-1].is_gone or not longer or len(way) >= longest:
            ways.append(way)
        else:
            waiting += [(*way, link) for link in reversed(longer)]
    return ways


def _iter_links(spec: Spec, operation: Operation) -> Iterator[Link]:
    for status in operation.responses:
        place = ("paths", operation.path, operation.method.lower(), "responses", status, "links")
        found = spec.bundle.get(place)
        for name in found[1] if found else ():
            value = spec.bundle.resolve((*place, name))
            target = find_target(spec, value)
            if target is not None:
                yield Link(
                    name=name,
                    status=status,
                    source=operation,
                    target=target,
                    parameters=value.get("parameters", {}),
                    body=value.get("requestBody"),
                    is_gone=value.get("x-gone", False),
                )


def find_target(spec: Spec, link: Mapping[str, Json]) -> Operation | None:
    """Return the operation that a Link Object leads to, None for one of another document."""
    if "operationId" in link:
        return spec.operations.get(link["operationId"])
    document, _, fragment = str(link.get("operationRef", "")).partition("#")
    parts = parse_pointer("#" + fragment)
    if document or len(parts) < 2:
        return None
    return spec.find_operation(f"{str(parts[-1]).upper()} {parts[-2]}")


class UnresolvedError(Exception):
    """The step has nothing where an expression points to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A step that expressions look at. `parameters` is (placement, name) -> value as it was chosen; `received` is the
    JSON of the response's body, None where it has none."""

    request: Request
    response: Response
    parameters: Mapping[tuple[str, str], Json]
    sent: Json
    received: Json


def evaluate(expression: Json, evidence: Evidence) -> Json:
    """Return the value of an expression, of a text with `{$…}` in it, or of the members of an object or a list;
    anything else is its own value. Raises UnresolvedError."""
    if isinstance(expression, Mapping):
        return {name: evaluate(value, evidence) for name, value in expression.items()}
    if isinstance(expression, list):
        return [evaluate(value, evidence) for value in expression]
    if not isinstance(expression, str):
        return expression
    if expression.startswith("$"):
        return _look_up(expression, evidence)
    return _EMBEDDED.sub(lambda match: str(_look_up(match[1], evidence)), expression)


def name_source(expression: Json) -> str:
    """Return what an expression takes a value from, "" if it takes none: the JSON Pointer into the answer before where
    that is known, else the last name."""
    if not isinstance(expression, str) or "$re" not in expression:
        return ""
    pointer = expression.removeprefix("$response.body#")
    return pointer if pointer.startswith("/") and "*" not in pointer else re.split(r"[./#]", expression)[-1].rstrip("}")


def _look_up(expression: str, evidence: Evidence) -> Json:
    simple: dict[str, Callable[[], Json]] = {
        "$url": lambda: evidence.request.url,
        "$method": lambda: evidence.request.method,
        "$statusCode": lambda: evidence.response.status_code,
    }
    if expression in simple:
        return simple[expression]()
    source, _, rest = expression.partition(".")
    place, _, name = rest.partition(".")
    body, _, pointer = rest.partition("#")
    found: Json = None
    if body == "body" and source in ("$request", "$response"):
        try:
            return find_value(evidence.sent if source == "$request" else evidence.received, parse_pointer(pointer))
        except (KeyError, ValueError):
            raise UnresolvedError(expression) from None
    if source == "$response" and place == "header":
        found = evidence.response.header(name)
    elif source == "$request" and place in ("path", "query", "header"):
        found = evidence.parameters.get((place, name))
    if found is None:
        raise UnresolvedError(expression)
    return found
