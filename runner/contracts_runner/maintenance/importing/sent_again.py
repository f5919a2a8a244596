"""Proves a drafted step: builds the request that it sends, and compares it with the one that it was made of."""

import dataclasses
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import parse_qsl, unquote

import yaml

from contracts_runner.engine.authorization import AuthorizationError
from contracts_runner.engine.outgoing import decide_step
from contracts_runner.engine.requests import Preparer, UnsentError
from contracts_runner.engine.scope import Scope
from contracts_runner.errors import SourceLocation
from contracts_runner.maintenance.importing.foreign_requests import ForeignPart, ForeignRequest, mark_open
from contracts_runner.maintenance.importing.hidden_values import Variables
from contracts_runner.maintenance.importing.parts_of_forms import split_parts
from contracts_runner.maintenance.importing.request_matching import Match
from contracts_runner.maintenance.importing.sent_values import UnreadableValueError, read_json
from contracts_runner.model.contract import Step
from contracts_runner.model.credential import ClientCertificate
from contracts_runner.model.environment import Environment, WritePolicy
from contracts_runner.model.exchange import Request
from contracts_runner.model.http import FORM, MULTIPART, find_charset, find_codec, is_json_type, strip_parameters
from contracts_runner.model.json import Json, is_equal, render_key
from contracts_runner.project.contract.contracts import read_contract
from contracts_runner.project.files import NO_FILES, ProjectFiles
from contracts_runner.reading.yaml_source import parse_yaml
from contracts_runner.reading.yaml_writing import Dumper

_BASE_URL = "http://service.invalid"
_NAME = "import"
_ACCEPT, _OTHERWISE = "the header Accept", ", which would be sent otherwise"
ACCEPT = _ACCEPT + _OTHERWISE
_CERTIFICATE = ClientCertificate(certificate=Path("client.pem"))


def compare(
    content: Mapping[str, Json],
    request: ForeignRequest,
    match: Match,
    credentials: Mapping[str, str],
    *,
    variables: Variables,
    files: ProjectFiles = NO_FILES,
) -> tuple[list[str], bool]:
    """Return what the step sends otherwise, in words, and whether it is spelled otherwise with the same meaning."""
    values = {**variables.values, **{name: mark_open(name) for name in variables.open}}
    schemes = match.spec.security_schemes
    # It does not show in a request, whichever it is.
    certificates = {name: _CERTIFICATE for name, scheme in schemes.items() if scheme.type == "mutualTLS"}
    environment = Environment(
        name=_NAME,
        base_url=_BASE_URL,
        credentials={**certificates, **credentials},
        variables=values,
        writes=WritePolicy.ALLOW,
        location=SourceLocation(_NAME, 1),
    )
    specs = {_NAME: match.spec, match.spec.key: match.spec}
    preparer = Preparer(
        specs=specs, environment=environment, base_url=_BASE_URL, headers={}, is_checked=False, files=files
    )
    scope = Scope(variables=values, run_id=_NAME, scenario_id=_NAME)
    try:
        made, _ = preparer.prepare(decide_step(read_content(content), specs, environment), scope, scenario=_NAME)
    except (UnsentError, AuthorizationError) as error:
        return [f"the request, which cannot be sent as a step: {error}"], False
    return _list_differences(made, request, match)


def read_content(content: Mapping[str, Json]) -> Step:
    """Return the step as a contract file gives it."""
    scenario = {"id": _NAME, "title": _NAME, "steps": [dict(content)]}
    contents = {"contract": _NAME, "spec": _NAME, "scenarios": [scenario]}
    text = yaml.dump(contents, Dumper=Dumper, allow_unicode=True, sort_keys=False)
    contract, problems = read_contract(parse_yaml(text, _NAME))
    if contract is None or problems:
        raise UnreadableValueError(f"no step can say it: {', '.join(each.message for each in problems)}")
    return contract.scenarios[0].steps[0]


def _list_differences(made: Request, request: ForeignRequest, match: Match) -> tuple[list[str], bool]:
    """What no step can say has been told where it was read: here it is only missing."""
    path, _, query = made.url.removeprefix(_BASE_URL).partition("?")
    parts = {
        f"the method {request.method}": made.method == request.method or None,
        "the path": _compare(path, match.path, unquote),
        "the query": _compare_pairs(query, match.query),
        "the body": _compare_body(made, request),
        _ACCEPT: _compare_accept(made, request),
    }
    told = [f"{part}{_OTHERWISE}" for part, likeness in parts.items() if likeness is None]
    return told, not all(parts.values())


# Whether two texts are the same: True to the letter, False in meaning; None if they are not.
_Likeness = bool | None


def _compare(made: str, sent: str, decode: Callable[[str], object]) -> _Likeness:
    return True if made == sent else False if decode(made) == decode(sent) else None


def _compare_pairs(made: str, sent: str) -> _Likeness:
    if made == sent:
        return True
    mine, theirs = (Counter(parse_qsl(text, keep_blank_values=True)) for text in (made, sent))
    return None if mine - theirs else False


def _compare_body(made: Request, request: ForeignRequest) -> _Likeness:
    media_type = _find_header(made, "content-type")
    if made.body is None or made.body == request.body:
        return True
    try:
        if strip_parameters(media_type) == MULTIPART:
            return _compare_parts(made.body, media_type, request)
        if request.body is None:
            return True
        codec = find_codec(find_charset(media_type) or "utf-8") or "utf-8"
        texts = [body.decode(codec) for body in (made.body, request.body)]
        if is_json_type(media_type):
            return False if is_equal(*map(read_json, texts)) else None
    except (UnicodeError, UnreadableValueError):
        return None
    return _compare_pairs(*texts) if strip_parameters(media_type) == FORM else None


def _compare_parts(body: bytes, media_type: str, request: ForeignRequest) -> _Likeness:
    """The boundary is each sender's own. A file that is not at hand has been told."""
    mine = split_parts(body, media_type)
    if request.body is not None:
        theirs = split_parts(request.body, request.find_header("content-type"))
    else:
        theirs = [part for part in request.parts or () if not part.path]
    if mine == theirs:
        return True
    return False if Counter(map(_simplify, mine)) == Counter(map(_simplify, theirs)) else None


def _simplify(part: ForeignPart) -> ForeignPart:
    """Return a part with its JSON spelled in one way."""
    if not is_json_type(part.media_type):
        return part
    return dataclasses.replace(part, content=render_key(read_json(part.content.decode())).encode())


def _compare_accept(made: Request, request: ForeignRequest) -> _Likeness:
    wanted = request.find_header("accept")
    is_free = wanted in ("", "*/*") or re.fullmatch(request.ambient, "accept")
    return True if is_free or wanted == _find_header(made, "accept") else None


def _find_header(made: Request, name: str) -> str:
    return next((value for key, value in made.headers if key.lower() == name), "")
