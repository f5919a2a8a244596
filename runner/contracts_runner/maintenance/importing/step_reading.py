"""Makes a step of a foreign request whose operation is known: what it says by the keys of a contract file, and what of
it no key can say."""

import base64
import re
from collections.abc import Sequence
from dataclasses import field
from pathlib import PurePosixPath

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.media_types import BodyKind, choose_media_type, find_body_kind, find_media_type
from contracts_runner.engine.request_conformance import iter_mismatches
from contracts_runner.engine.request_values import UNKNOWN, Unknown, Values
from contracts_runner.maintenance.importing.carried_credentials import (
    Credentials,
    Sent,
    list_unexplained,
    take_credentials,
)
from contracts_runner.maintenance.importing.foreign_requests import ForeignPart, ForeignRequest, find_open
from contracts_runner.maintenance.importing.parts_of_forms import split_parts
from contracts_runner.maintenance.importing.request_matching import Match, split_path
from contracts_runner.maintenance.importing.sent_values import (
    UnreadableValueError,
    read_fields,
    read_json,
    read_pairs,
    read_text,
)
from contracts_runner.model.contract import UNSET, Unset
from contracts_runner.model.http import JSON, MULTIPART, find_charset, find_codec, strip_parameters
from contracts_runner.model.json import Json
from contracts_runner.model.spec import Parameter, Style
from contracts_runner.openapi.paths import parse_pairs
from contracts_runner.openapi.spec import Spec
from contracts_runner.redaction.credentials import is_credential_header
from contracts_runner.redaction.replacement import MARKER

# What a connection, or the tool that sends, says of itself.
_OF_TRANSPORT = re.compile(
    r"host|content-length|connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|expect|accept-encoding"
    r"|user-agent|postman-token|accept|content-type",
    re.IGNORECASE,
)


@dataclass(slots=True)
class ReadStep:
    """A step as raw values, by the keys of a contract file, and what of its request they do not say."""

    match: Match
    parameters: dict[str, Json] = field(default_factory=dict)
    query: dict[str, Json] = field(default_factory=dict)  # beyond the document, as `headers`
    headers: dict[str, Json] = field(default_factory=dict)
    media_type: str = ""
    body: Json | Unset = UNSET
    body_file: str = ""  # it has the body
    auth: str | None = None
    is_invalid: bool = False
    lost: list[str] = field(default_factory=list)


def read_step(request: ForeignRequest, match: Match, credentials: Credentials) -> ReadStep:
    """Return the step; raises UnreadableValueError for a body that is none."""
    sent = Sent.split(request.headers, match.query)
    step = ReadStep(match, lost=list(request.lost))
    operation = match.operation
    carried = take_credentials(operation, match.spec.security_schemes, sent)
    step.auth = credentials.choose_auth(operation, carried, request.auth)
    _read_parameters(step, sent)
    _read_body(step, request)
    if unexplained := list_unexplained(sent):
        step.lost.append(
            f"{', '.join(unexplained)}, by which {operation.label} declares no security; declare it in the document or "
            "in an overlay of it"
        )
    _keep_rest(step, sent, request)
    step.is_invalid = step.is_invalid or _is_invalid(step)
    return step


def _keep_rest(step: ReadStep, sent: Sent, request: ForeignRequest) -> None:
    """Keep what the document does not have of query and headers; credentials have been told."""
    for name, text in _decode(sent.query):
        step.query[name] = [*_as_list(step.query[name]), text] if name in step.query else text
    for name, text in sent.headers:
        if is_credential_header(name) or _is_ambient(name, request):
            continue
        if name.lower() in (each.lower() for each in step.headers):
            step.lost.append(f"a second header {name}")
        else:
            step.headers[name] = text


def _as_list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _is_ambient(name: str, request: ForeignRequest) -> bool:
    return bool(_OF_TRANSPORT.fullmatch(name) or re.fullmatch(request.ambient, name, re.IGNORECASE))


def _read_parameters(step: ReadStep, sent: Sent) -> None:
    spec, operation = step.match.spec, step.match.operation
    for name, text in (split_path(operation, step.match.path) or {}).items():
        declared = next((each for each in operation.parameters if (each.placement, each.name) == ("path", name)), None)
        parameter = declared or Parameter(
            name=name, placement="path", style=Style.SIMPLE, explode=False, location=operation.location
        )
        _keep(step, parameter, read_text(spec, parameter, text))

    def find_place(parameter: Parameter) -> int:
        places = (number for number, (name, _) in enumerate(sent.query) if _is_of(spec, parameter, name))
        return next(places, 0) if parameter.placement == "query" else 0

    pairs = {"query": sent.query, "cookie": sent.cookies}
    # Parameters go out in the order in which a step has them.
    for parameter in sorted(operation.parameters, key=find_place):
        if parameter.placement in pairs:
            rest = pairs[parameter.placement]
            mine = [pair for pair in rest if _is_of(spec, parameter, pair[0])]
            rest[:] = [pair for pair in rest if pair not in mine]
            if mine:
                _keep(step, parameter, read_pairs(spec, parameter, mine))
        elif parameter.placement == "header" and not parameter.is_ignored:
            found = [text for name, text in sent.headers if name.lower() == parameter.name.lower()]
            sent.headers = [pair for pair in sent.headers if pair[0].lower() != parameter.name.lower()]
            if found:
                _keep(step, parameter, read_text(spec, parameter, ",".join(found)))


def _keep(step: ReadStep, parameter: Parameter, value: Json | Unset) -> None:
    if isinstance(value, Unset):
        step.lost.append(
            f"the {parameter.placement} parameter {parameter.name}, whose text no value of its style gives"
        )
    else:
        step.parameters[step.match.operation.name_parameter(parameter)] = value


def _is_of(spec: Spec, parameter: Parameter, sent_name: str) -> bool:
    """Tell whether a pair of a query, or a cookie, belongs to a parameter."""
    name = _decode([(sent_name, "")])[0][0] if parameter.placement == "query" else sent_name
    if parameter.style is Style.DEEP_OBJECT:
        return name.startswith(f"{parameter.name}[")
    if name == parameter.name:
        return True
    if parameter.style is not Style.FORM or not parameter.explode or parameter.media_type:
        return False
    found = spec.bundle.get(parameter.pointer) if parameter.pointer else None
    return found is not None and isinstance(found[1], dict) and name in found[1].get("properties", {})


def _decode(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return list(parse_pairs("&".join(f"{name}={value}" for name, value in pairs)))


def _read_body(step: ReadStep, request: ForeignRequest) -> None:
    operation = step.match.operation
    if request.body_path:
        step.lost.append(f"its body, which is the file {request.body_path}; copy it and write `body_file`")
    elif request.parts is not None:
        step.body = _read_parts(step, request.parts, MULTIPART)
        _keep_media_type(step, MULTIPART)
    elif request.body is not None:
        media_type = request.find_header("content-type")
        declared = operation.body.schemas if operation.body else {}
        text = _decode_text(request.body, media_type)
        if request.is_type_guessed and find_media_type(declared, JSON) and _is_json(text):
            # A tool called it a form because its author did not say what it is.
            media_type = JSON
        step.body, step.body_file = _read_content(step, request.body, text, media_type), request.body_file
        _keep_media_type(step, media_type)


def _keep_media_type(step: ReadStep, sent: str) -> None:
    """Keep the media type of a body where another one would be chosen for it; an undeclared one breaks the document."""
    operation = step.match.operation
    declared = operation.body.schemas if operation.body else {}
    key = find_media_type(declared, sent)
    if not strip_parameters(sent):
        step.lost.append("a body without a media type")
        return
    chosen = choose_media_type(operation, UNSET if step.body_file else step.body)
    if key is None or key != find_media_type(declared, chosen):
        step.media_type, step.is_invalid = strip_parameters(sent), key is None


def _read_content(step: ReadStep, body: bytes, text: str | None, media_type: str) -> Json:
    declared = step.match.operation.body.schemas if step.match.operation.body else {}
    pointer = declared.get(find_media_type(declared, media_type) or "", "")
    match find_body_kind(media_type):
        case BodyKind.BYTES:
            return {"base64": base64.b64encode(body).decode()}
        case BodyKind.MULTIPART:
            return _read_parts(step, split_parts(body, media_type), media_type)
        case _ if text is None:
            raise UnreadableValueError("its body is no text, as its media type says")
        case BodyKind.JSON:
            return read_json(text)
        case BodyKind.FORM:
            return read_fields(step.match.spec, pointer, parse_pairs(text))
        case BodyKind.TEXT:
            return text


def _read_parts(step: ReadStep, parts: Sequence[ForeignPart], media_type: str) -> Json:
    """Return the parts as a mapping: texts, and what is a file as bytes."""
    declared = step.match.operation.body.schemas if step.match.operation.body else {}
    pointer = declared.get(find_media_type(declared, media_type) or "", "")
    pairs: list[tuple[str, str]] = []
    files: dict[str, list[Json]] = {}
    for part in parts:
        text = _decode_text(part.content, part.media_type)
        if part.path:
            step.lost.append(f"the part {part.name}, which is the file {part.path}; copy it and write `{{file: …}}`")
        elif part.filename is not None or text is None:
            files.setdefault(part.name, []).append(_build_file(part))
        else:
            pairs.append((part.name, text))
    fields = read_fields(step.match.spec, pointer, pairs)
    return {**fields, **{name: each[0] if len(each) == 1 else each for name, each in files.items()}}


def _build_file(part: ForeignPart) -> dict[str, Json]:
    about = {"filename": part.filename, "media_type": part.media_type}
    if part.file:
        is_named = part.filename == PurePosixPath(part.file).name
        about = {**about, "filename": "" if is_named else part.filename}
        return {"file": part.file, **{name: text for name, text in about.items() if text}}
    return {"base64": base64.b64encode(part.content).decode(), **{name: text for name, text in about.items() if text}}


def _decode_text(body: bytes, media_type: str) -> str | None:
    """Return the text of a body in the charset that its media type names, None for what is none."""
    codec = find_codec(find_charset(media_type) or "utf-8")
    try:
        return body.decode(codec) if codec else None
    except UnicodeError:
        return None


def _is_json(text: str | None) -> bool:
    if text is None or text.lstrip()[:1] not in ("{", "["):
        return False
    try:
        read_json(text)
    except UnreadableValueError:
        return False
    return True


def _is_invalid(step: ReadStep) -> bool:
    """Tell whether the document forbids the request; what is open, or was redacted, is not known."""
    parameters: dict[str, Json | Unknown] = {
        name: UNKNOWN if _is_open(value) else value for name, value in step.parameters.items()
    }
    body = UNKNOWN if not isinstance(step.body, Unset) and _is_open(step.body) else step.body
    values = Values(parameters=parameters, body=body, media_type=step.media_type)
    return any(iter_mismatches(step.match.spec, step.match.operation, values))


def _is_open(value: Json) -> bool:
    text = str(value)
    return bool(find_open(text) or MARKER.search(text))
