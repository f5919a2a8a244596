"""Serialises parameters by the spec's `style` and `explode` (OpenAPI 3.1 §4.8.12)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from contracts_runner.model.json import Json
from contracts_runner.model.spec import Operation, Parameter

_SEPARATORS = {"form": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C"}


class ParameterError(Exception):
    """A parameter cannot be sent as it is given."""


@dataclass(slots=True)
class SerialisedParameters:
    """The path with its placeholders filled, the query string, headers and cookies."""

    path: str
    query: list[str] = field(default_factory=list)
    headers: list[tuple[str, str]] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)


def serialise_parameters(operation: Operation, values: Mapping[str, Json]) -> SerialisedParameters:
    """Return where each value goes; raises ParameterError for one without a place or a required one left out."""
    serialised = SerialisedParameters(operation.path)
    declared = {parameter.name: parameter for parameter in reversed(operation.parameters)}
    for name, value in values.items():
        parameter = declared.get(name)
        if parameter is None or parameter.placement == "path":
            if "{" + name + "}" in serialised.path:
                serialised.path = serialised.path.replace("{" + name + "}", _render_segment(name, value))
            elif operation.is_described:
                raise ParameterError(f"{operation.label} has no parameter '{name}'")
            else:
                serialised.query += _render_query(name, value, style="form", explode=True)
        elif value is not None:
            _place(serialised, parameter, value)
    if "{" in serialised.path:
        raise ParameterError(f"the path {serialised.path} has a parameter without a value")
    return serialised


def _place(serialised: SerialisedParameters, parameter: Parameter, value: Json) -> None:
    match parameter.placement:
        case "query":
            serialised.query += _render_query(parameter.name, value, style=parameter.style, explode=parameter.explode)
        case "header":
            serialised.headers.append((parameter.name, _render_plain(value)))
        case "cookie":
            serialised.cookies.append(f"{parameter.name}={quote(_render_plain(value), safe='')}")


def _render_segment(name: str, value: Json) -> str:
    text = quote(_render_plain(value), safe="")
    if text == "":
        raise ParameterError(f"the path parameter '{name}' is empty")
    # A segment of dots alone would lead to another path.
    return text.replace(".", "%2E") if text.strip(".") == "" else text


def _render_query(name: str, value: Json, *, style: str, explode: bool) -> list[str]:
    key = quote(name, safe="")
    if isinstance(value, Mapping):
        if style == "deepObject":
            return [f"{key}%5B{quote(str(k), safe='')}%5D={_quote(v)}" for k, v in value.items()]
        if style == "form" and explode:
            return [f"{quote(str(k), safe='')}={_quote(v)}" for k, v in value.items()]
        if style == "form":
            return [f"{key}=" + ",".join(f"{quote(str(k), safe='')},{_quote(v)}" for k, v in value.items())]
        return [f"{key}={_quote(value)}"]
    if isinstance(value, list) and style in _SEPARATORS:
        if explode and style == "form":
            return [f"{key}={_quote(item)}" for item in value]
        return [f"{key}=" + _SEPARATORS[style].join(_quote(item) for item in value)]
    return [f"{key}={_quote(value)}"]


def _quote(value: Json) -> str:
    return quote(_render_scalar(value), safe="")


def _render_plain(value: Json) -> str:
    """Style `simple`: items and pairs joined by commas (RFC 6570 §3.2.2)."""
    if isinstance(value, Mapping):
        return ",".join(f"{key},{_render_scalar(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ",".join(map(_render_scalar, value))
    return _render_scalar(value)


def _render_scalar(value: Json) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
