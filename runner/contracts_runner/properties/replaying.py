"""Sends the requests of a recorded finding again, and checks whether the defect appears again."""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never
from urllib.parse import quote, unquote

from contracts_runner.engine.authorization import INVALID_AUTH, NO_AUTH
from contracts_runner.engine.body import parse_body
from contracts_runner.engine.conformance import check_conformance
from contracts_runner.engine.exchanger import send
from contracts_runner.engine.ports import Transport
from contracts_runner.engine.success import judge
from contracts_runner.errors import RunFolderError
from contracts_runner.model.checks import PropertyCheck
from contracts_runner.model.exchange import Exchange, Request
from contracts_runner.model.http import FORM, strip_parameters
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.spec import SecurityScheme
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.cases import Draft
from contracts_runner.properties.examination import describe_conformance
from contracts_runner.properties.ground import (
    drop_cookies,
    drop_credential,
    encode_body,
    find_lost_part,
    has_credential,
    list_credential_headers,
)
from contracts_runner.properties.recorded_finding import RecordedFinding, RecordedStep, parse_json
from contracts_runner.properties.sending import build_generated_request

_COMPUTED = frozenset({"content-length", "host", "x-sandbox-world"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayer:
    """Sends recorded steps of one spec's operations to an environment. `depth` is the limit on nested JSON."""

    spec: Spec
    base_url: str
    transport: Transport
    credentials: Mapping[str, str]
    user_agent: str
    depth: int

    def iter_exchanges(self, finding: RecordedFinding) -> Iterator[Exchange]:
        """Yield the exchange of each step. What an answer now names differently (an id) is carried on."""
        renamed: dict[str, str] = {}
        for step in finding.steps:
            request = self._build(step, finding, renamed)
            sending = send(self.transport, request)
            response = sending.exchange.response
            if response is None:
                kind = PropertyCheck.RESPONSE if sending.outcome is Outcome.FAILED else ""
                yield dataclasses.replace(sending.exchange, problem=f"{kind}: {sending.error}".strip(": "))
                return
            yield sending.exchange
            new = parse_body(response, depth=self.depth).value
            renamed.update(_find_renamed(parse_json(step.response_body), new))

    def find_obstacle(self, finding: RecordedFinding) -> str:
        """Return why a request of the finding cannot be sent as it was, "" if all can. Raises AuthorizationError for a
        credential that cannot be sent."""
        for step in finding.steps:
            lost = find_lost_part(step, finding.redaction, self.spec.security_schemes)
            if lost:
                return f"{step.name} cannot be sent as it was: {lost}"
            self._build(step, finding, {})
        return ""

    def is_success(self, exchange: Exchange) -> bool:
        """Tell whether a request was answered with a success."""
        operation = self.spec.operations[exchange.request.operation]
        response = exchange.response
        return response is not None and judge(operation, self.spec, response, depth=self.depth).success.is_success

    def shows_again(self, finding: RecordedFinding, exchanges: Sequence[Exchange]) -> bool:
        """Tell whether the check that failed would fail again on the last of the exchanges."""
        last, check = exchanges[-1], finding.check
        if last.response is None:
            return check is PropertyCheck.RESPONSE and last.problem.startswith(PropertyCheck.RESPONSE)
        operation = self.spec.operations[last.request.operation]
        answer = judge(operation, self.spec, last.response, depth=self.depth)
        is_success = answer.success.is_success
        match check:
            case PropertyCheck.NOT_A_SERVER_ERROR:
                return last.response.status_code >= 500
            case PropertyCheck.NEGATIVE_DATA_REJECTION | PropertyCheck.USE_AFTER_FREE | PropertyCheck.IGNORED_AUTH:
                return is_success
            case PropertyCheck.POSITIVE_DATA_ACCEPTANCE | PropertyCheck.ENSURE_RESOURCE_AVAILABILITY:
                return not is_success
            case (
                PropertyCheck.STATUS_CODE_CONFORMANCE
                | PropertyCheck.CONTENT_TYPE_CONFORMANCE
                | PropertyCheck.RESPONSE_HEADERS_CONFORMANCE
                | PropertyCheck.RESPONSE_SCHEMA_CONFORMANCE
            ):
                rows = check_conformance(operation, self.spec, last.response, answer.body)
                failed = (row for row in rows if row.outcome is Outcome.FAILED)
                return any(describe_conformance(row, ()).check is check for row in failed)
            case PropertyCheck.REQUESTS | PropertyCheck.RESPONSE:
                return False  # there is an answer
            case _:
                assert_never(check)

    def _build(self, step: RecordedStep, finding: RecordedFinding, renamed: Mapping[str, str]) -> Request:
        operation = self.spec.operations[step.operation]
        auth = None
        if finding.check is PropertyCheck.IGNORED_AUTH:
            auth = INVALID_AUTH if has_credential(step, self.spec.security_schemes) else NO_AUTH
        rest = step.url.removeprefix(finding.base_url.rstrip("/"))
        if not rest.startswith("/"):
            raise RunFolderError(f"the request {step.method} {step.url} did not go to the run's base URL")
        rest = drop_credential(rest, self.spec.security_schemes)
        body = _rename_body(step, renamed)
        draft = Draft(
            method=step.method,
            url=self.base_url.rstrip("/") + _rename_url(rest, renamed),
            headers=tuple(_iter_headers(step, self.spec.security_schemes)),
            body=None if body is None else encode_body(body, step.headers),
            operation=(operation.method, operation.path),
        )
        return build_generated_request(
            draft,
            operation,
            spec=self.spec,
            base_url=self.base_url,
            auth=auth,
            credentials=self.credentials,
            headers={"User-Agent": self.user_agent},
        )


def _iter_headers(step: RecordedStep, schemes: Mapping[str, SecurityScheme]) -> Iterator[tuple[str, str]]:
    """Yield the recorded headers without those that are computed, and without the credentials: ours are added."""
    own = list_credential_headers(schemes)
    for name, value in step.headers:
        if name.lower() == "cookie":
            if cookies := drop_cookies(value, schemes):
                yield name, cookies
        elif name.lower() not in _COMPUTED and name.lower() not in own:
            yield name, value


def _find_renamed(old: Json, new: Json) -> dict[str, str]:
    """Return old text -> new text of the values that are at the same place of two answers and differ."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        pairs = [(value, new[name]) for name, value in old.items() if name in new]
    elif isinstance(old, list) and isinstance(new, list):
        pairs = list(zip(old, new, strict=False))
    elif is_name(old) and is_name(new) and str(old) != str(new):
        return {str(old): str(new)}
    else:
        return {}
    found: dict[str, str] = {}
    for before, after in pairs:
        found.update(_find_renamed(before, after))
    return found


def is_name(value: Json) -> bool:
    """Tell whether a value can name a resource: a number, or a text that is not empty."""
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def _rename_url(rest: str, renamed: Mapping[str, str]) -> str:
    path, mark, query = rest.partition("?")
    segments = [_rename_part(segment, renamed) for segment in path.split("/")]
    return "/".join(segments) + mark + _rename_pairs(query, renamed)


def _rename_pairs(text: str, renamed: Mapping[str, str]) -> str:
    pairs = [pair.partition("=") for pair in text.split("&")]
    return "&".join(f"{name}{equals}{_rename_part(value, renamed)}" for name, equals, value in pairs)


def _rename_part(text: str, renamed: Mapping[str, str]) -> str:
    plain = unquote(text)
    return quote(renamed[plain], safe="") if plain in renamed else text


def _rename_body(step: RecordedStep, renamed: Mapping[str, str]) -> str | None:
    """Return the body with its ids changed, letter by letter the recorded one if it has none of them."""
    if step.body is None:
        return None
    if strip_parameters(step.content_type) == FORM:
        return _rename_pairs(step.body, renamed)
    value = parse_json(step.body)
    changed = _rename_value(value, renamed)
    return step.body if changed == value else json.dumps(changed, ensure_ascii=False)


def _rename_value(value: Json, renamed: Mapping[str, str]) -> Json:
    if isinstance(value, Mapping):
        return {name: _rename_value(item, renamed) for name, item in value.items()}
    if isinstance(value, list):
        return [_rename_value(item, renamed) for item in value]
    if not is_name(value) or str(value) not in renamed:
        return value
    new = renamed[str(value)]
    return int(new) if isinstance(value, int) and new.isdecimal() else new
