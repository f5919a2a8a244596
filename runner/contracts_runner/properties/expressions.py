"""Evaluates the runtime expressions of links (OpenAPI 3.1 §4.8.20.4): what a step sent, and what it was answered."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from contracts_runner.model.exchange import Request, Response
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import find_value, parse_pointer

_EMBEDDED = re.compile(r"\{(\$[^{}]+)\}")


class UnresolvedError(Exception):
    """The step has nothing where an expression points to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What expressions can look at. `parameters` is (placement, name) -> value as it was chosen; `received` is the JSON
    of the response's body, None where it has none."""

    request: Request
    response: Response
    parameters: Mapping[tuple[str, str], Json]
    sent: Json
    received: Json


def evaluate(expression: Json, evidence: Evidence) -> Json:
    """Return the value of an expression, of a text with `{$…}` in it, or of what stands in objects and lists; anything
    else stands for itself. Raises UnresolvedError."""
    if isinstance(expression, Mapping):
        return {name: evaluate(value, evidence) for name, value in expression.items()}
    if isinstance(expression, list):
        return [evaluate(value, evidence) for value in expression]
    if not isinstance(expression, str):
        return expression
    if expression.startswith("$"):
        return _look_up(expression, evidence)
    return _EMBEDDED.sub(lambda match: str(_look_up(match[1], evidence)), expression)


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
    if body == "body" and source in ("$request", "$response"):
        return _find(evidence.sent if source == "$request" else evidence.received, pointer, expression)
    found = _find_named(source, place, name, evidence)
    if found is None:
        raise UnresolvedError(expression)
    return found


def _find_named(source: str, place: str, name: str, evidence: Evidence) -> Json:
    if source == "$response" and place == "header":
        return evidence.response.header(name)
    if source == "$request" and place in ("path", "query", "header"):
        return evidence.parameters.get((place, name))
    return None


def _find(value: Json, pointer: str, expression: str) -> Json:
    try:
        return find_value(value, parse_pointer(pointer))
    except (KeyError, ValueError):
        raise UnresolvedError(expression) from None
