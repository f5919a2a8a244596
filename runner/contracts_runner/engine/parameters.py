"""Puts the parameters of a request into its path, query, headers and cookies (OpenAPI 3.1 §4.8.12)."""

import re
from collections.abc import Mapping
from dataclasses import field
from functools import partial
from typing import assert_never
from urllib.parse import quote

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.request_body import encode_body
from contracts_runner.engine.styles import (
    Escaping,
    Pair,
    UnsendableError,
    choose_reserved,
    keep_triplets,
    render_json,
    render_pairs,
    render_scalar,
    render_text,
)
from contracts_runner.errors import SourceLocation
from contracts_runner.model.http import (
    CODINGS,
    FORM,
    TOKEN,
    escape_target,
    find_field_fault,
    find_unreadable_coding,
    is_json_type,
    strip_parameters,
)
from contracts_runner.model.json import Json
from contracts_runner.model.spec import PLACEMENTS, Operation, Parameter, Placement, Style

# What `allowReserved` leaves as it is: the reserved characters of RFC 3986 without those that would end the part of the
# URL, or a value, that they are in.
_RESERVED = {"path": ":@!$&'()*+,;=", "query": ":/?@!$'()*,;="}
# A cookie with one of these would be read as something else (RFC 6265 §4.1.1).
_NOT_IN_COOKIE = re.compile(r"[;\x00-\x1f\x7f]")
_NOWHERE = SourceLocation("", 0)
_OWN_HEADERS = {
    "authorization": "credentials are sent by `auth`; a document without a security scheme gets it in an overlay",
    "content-length": "it follows from the body",
    "transfer-encoding": "it follows from the body",
}


@dataclass(slots=True)
class SerialisedParameters:
    """The path with its placeholders filled, the parts of the query, headers and cookies."""

    path: str
    query: list[str] = field(default_factory=list)
    headers: list[Pair] = field(default_factory=list)
    cookies: list[str] = field(default_factory=list)

    @property
    def target(self) -> str:
        """The path, with the query that the document's path has."""
        return escape_target(self.path.partition("#")[0])


def serialise_parameters(
    operation: Operation, values: Mapping[str, Json], *, is_link: bool = False
) -> SerialisedParameters:
    """Return where each value goes; `values` is by the names that a contract uses (Operation.find_parameters). A link
    (`is_link`) has its path and its query already.

    Raises UnsendableError for what has no place or no form there. A value that is None is left out.
    """
    serialised = SerialisedParameters(operation.path)
    placed: dict[tuple[str, str], str] = {}
    for key, value in values.items():
        parameter = find_parameter(operation, key)
        earlier = placed.setdefault((parameter.placement, parameter.name), key)
        if earlier != key:
            raise UnsendableError(f"'{earlier}' and '{key}' are the same parameter")
        if not is_link or parameter.placement in ("header", "cookie"):
            place_parameter(serialised, parameter, value)
    if not is_link and re.search(r"\{[^{}]*\}", serialised.path):
        raise UnsendableError(f"the path {serialised.path} has a parameter without a value")
    return serialised


def find_parameter(operation: Operation, key: str) -> Parameter:
    """Return the parameter that a contract calls `key`; raises UnsendableError for none and for several."""
    found = operation.find_parameters(key)
    if len(found) == 1:
        return found[0]
    if found:
        keys = " or ".join(operation.name_parameter(parameter) for parameter in found)
        raise UnsendableError(f"{operation.label} has several parameters '{key}': write {keys}")
    prefix, colon, name = key.partition(":")
    chosen: Placement | None = next((each for each in PLACEMENTS if colon and each == prefix), None)
    name = name if chosen else key
    placement = chosen or ("path" if f"{{{name}}}" in operation.path else "query")
    if operation.is_described and (placement != "path" or f"{{{name}}}" not in operation.path):
        raise UnsendableError(f"{operation.label} has no parameter '{key}'")
    style = Style.SIMPLE if placement in ("path", "header") else Style.FORM
    return Parameter(
        name=name, placement=placement, style=style, explode=style is Style.FORM, location=operation.location
    )


def place_parameter(serialised: SerialisedParameters, parameter: Parameter, value: Json) -> None:
    """Put one value into its place; raises UnsendableError, whose message names the parameter."""
    try:
        match parameter.placement:
            case "path":
                segment = _render_segment(parameter, value)
                serialised.path = serialised.path.replace(f"{{{parameter.name}}}", segment)
            case _ if value is None:
                return
            case "query":
                pairs = _render_pairs(parameter, value, _choose_escaping(parameter, value))
                serialised.query += [f"{name}={text}" for name, text in pairs]
            case "querystring":
                serialised.query += filter(None, [_render_query(parameter, value)])
            case "header":
                serialised.headers.append((parameter.name, _render_header(parameter, value)))
            case "cookie":
                serialised.cookies += [_render_cookie(*pair) for pair in _render_pairs(parameter, value, _STAYING)]
            case _:
                assert_never(parameter.placement)
    except UnsendableError as error:
        message = f"the {parameter.placement} parameter '{parameter.name}': {error}"
        raise UnsendableError(message, is_of_document=error.is_of_document) from None


def place_query(serialised: SerialisedParameters, name: str, value: Json) -> None:
    """Put a part of the query that the document does not have into its place; raises UnsendableError."""
    if isinstance(value, Mapping):
        raise UnsendableError(f"the part '{name}' of the query: what an object is in a query is not defined here")
    style = Parameter(name=name, placement="query", style=Style.FORM, explode=True, location=_NOWHERE)
    place_parameter(serialised, style, value)


def place_header(serialised: SerialisedParameters, name: str, value: Json) -> None:
    """Put a header that the document does not have into its place; raises UnsendableError."""
    if isinstance(value, Mapping | list):
        raise UnsendableError(f"the header '{name}': a header is one text")
    style = Parameter(name=name, placement="header", style=Style.SIMPLE, explode=False, location=_NOWHERE)
    place_parameter(serialised, style, value)


def escape_text(text: str, *, safe: str = "") -> str:
    """Return a text percent-encoded, but for the characters of `safe`; raises UnsendableError for what is not text."""
    try:
        return quote(text, safe=safe)
    except UnicodeEncodeError:
        raise UnsendableError("a lone surrogate is not a character") from None


def _choose_escaping(parameter: Parameter, value: Json) -> Escaping:
    reserved = choose_reserved(_RESERVED[parameter.placement], value) if parameter.is_reserved_allowed else ""
    keeping = partial(keep_triplets, escape=partial(escape_text, safe=reserved))
    return Escaping(escape_text, keeping if reserved else escape_text)


def _stay(text: str) -> str:
    escape_text(text)
    return text


_STAYING = Escaping(_stay, _stay)


def _render_segment(parameter: Parameter, value: Json) -> str:
    if value is None or value == [] or value == {}:
        raise UnsendableError("is empty")
    escaping = _choose_escaping(parameter, value)
    if parameter.media_type:
        text = escaping.value(_render_content(parameter, value))
    else:
        text = render_text(parameter.name, value, style=parameter.style, explode=parameter.explode, escaping=escaping)
    if text == "":
        raise UnsendableError("is empty")
    # A segment of dots alone would lead to another path.
    return text.replace(".", "%2E") if text.strip(".") == "" else text


def _render_pairs(parameter: Parameter, value: Json, escaping: Escaping) -> list[Pair]:
    if parameter.media_type:
        return [(escaping.name(parameter.name), escaping.value(_render_content(parameter, value)))]
    return render_pairs(parameter.name, value, style=parameter.style, explode=parameter.explode, escaping=escaping)


def _render_query(parameter: Parameter, value: Json) -> str:
    """Return the whole query (OpenAPI 3.2): a form as the body of one, anything else as its text."""
    if strip_parameters(parameter.media_type) == FORM:
        return encode_body(value, parameter.media_type, {}).content.decode()
    return escape_text(_render_content(parameter, value))


def _render_header(parameter: Parameter, value: Json) -> str:
    name = parameter.name
    if reason := _OWN_HEADERS.get(name.lower()):
        raise UnsendableError(f"is not sent as a parameter: {reason}")
    if not re.fullmatch(TOKEN, name):
        raise UnsendableError("HTTP has no header of this name", is_of_document=True)
    if parameter.media_type:
        text = _render_content(parameter, value)
    else:
        text = render_text(name, value, style=parameter.style, explode=parameter.explode, escaping=_STAYING)
    if fault := find_field_fault(text):
        raise UnsendableError(f"a header cannot hold {fault}")
    if name.lower() == "accept-encoding" and (coding := find_unreadable_coding(text)):
        raise UnsendableError(f"an answer in the coding '{coding}' cannot be read; write {', '.join(CODINGS)}")
    return text


def _render_cookie(name: str, text: str) -> str:
    """Return a cookie's pair; the value goes out as it is."""
    pair = f"{name}={text}"
    if _NOT_IN_COOKIE.search(pair) or "=" in name or text.strip() != text:
        raise UnsendableError("a cookie cannot hold ';', a control character, or a blank at its beginning or end")
    return pair


def _render_content(parameter: Parameter, value: Json) -> str:
    """Return the text of a parameter with `content`."""
    if is_json_type(parameter.media_type):
        # Nothing beyond ASCII where no percent-encoding can carry it.
        return render_json(value, is_ascii=parameter.placement in ("header", "cookie"))
    if isinstance(value, Mapping | list):
        raise UnsendableError(f"only a text can be sent as {parameter.media_type}")
    return render_scalar(value)
