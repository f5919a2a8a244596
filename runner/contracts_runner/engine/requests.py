"""Builds one complete request of an operation from the values of a step."""

import json
from collections.abc import Mapping
from urllib.parse import urlencode

from contracts_runner.engine.authorization import Authorization
from contracts_runner.engine.parameters import serialise_parameters
from contracts_runner.model.contract import Unset
from contracts_runner.model.exchange import Request
from contracts_runner.model.json import Json
from contracts_runner.model.phase import Phase
from contracts_runner.model.spec import Operation

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class BodyError(Exception):
    """A body cannot be sent in the media type that the spec declares."""


def build_request(
    operation: Operation,
    *,
    base_url: str,
    parameters: Mapping[str, Json],
    body: Json | Unset,
    authorization: Authorization,
    headers: Mapping[str, str],
    is_probe: bool,
    scenario: str | None = None,
    step: str | None = None,
    phase: Phase = Phase.SCENARIOS,
) -> Request:
    """Return the request; raises ParameterError or BodyError. `headers` are the sender's own, such as User-Agent."""
    serialised = serialise_parameters(operation, parameters)
    content = None
    all_headers = {**headers, "Accept": _choose_accept(operation)}
    if not isinstance(body, Unset):
        media_type = choose_media_type(operation)
        content = _encode_body(body, media_type)
        all_headers["Content-Type"] = media_type
    all_headers.update(serialised.headers)
    all_headers.update(authorization.headers)
    cookies = [*serialised.cookies, *authorization.cookies]
    if cookies:
        all_headers["Cookie"] = "; ".join(cookies)
    query = "&".join([*serialised.query, *authorization.query])
    return Request(
        method=operation.method,
        url=base_url.rstrip("/") + serialised.path + (f"?{query}" if query else ""),
        headers=tuple(all_headers.items()),
        body=content,
        operation=operation.label,
        template=base_url.rstrip("/") + operation.path,
        effect=operation.effect,
        is_probe=is_probe,
        phase=phase,
        scenario=scenario,
        step=step,
    )


def choose_media_type(operation: Operation) -> str:
    """Return the media type to send: JSON where it is declared or nothing is, else the first declared one."""
    declared = list(operation.body.schemas) if operation.body else []
    for media_type in declared:
        if is_json_type(media_type):
            return media_type
    return declared[0] if declared and "*" not in declared[0] else JSON


def is_json_type(media_type: str) -> bool:
    """True for application/json and every +json type (RFC 6839 §3.1)."""
    essence = media_type.split(";")[0].strip().lower()
    return essence == JSON or essence.endswith("+json")


def _choose_accept(operation: Operation) -> str:
    types = dict.fromkeys(media for response in operation.responses.values() for media in response.schemas)
    if any(map(is_json_type, types)) or not types:
        return JSON
    return ", ".join(types)


def _encode_body(body: Json, media_type: str) -> bytes:
    if is_json_type(media_type):
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    if media_type == FORM and isinstance(body, Mapping):
        return urlencode(body, doseq=True).encode()
    if isinstance(body, str):
        return body.encode()
    raise BodyError(f"a body of media type {media_type} must be written as a string")
