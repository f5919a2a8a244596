"""Sends the requests of a recorded finding again, and checks whether the defect appears again."""

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never
from urllib.parse import quote, unquote

from contracts_runner.engine.authorization import INVALID_AUTH, NO_AUTH
from contracts_runner.engine.body import parse_body
from contracts_runner.engine.conformance import check_conformance
from contracts_runner.engine.exchanger import send
from contracts_runner.engine.ports import Transport
from contracts_runner.engine.success import judge
from contracts_runner.errors import RunFolderError, UsageError
from contracts_runner.model.checks import PropertyCheck
from contracts_runner.model.exchange import Exchange, Request
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.spec import SecurityScheme
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.cases import Draft
from contracts_runner.properties.examination import describe_conformance
from contracts_runner.properties.sending import build_generated_request
from contracts_runner.redaction.replacement import MARKER
from contracts_runner.results.lines import MisfitError, parse_results
from contracts_runner.results.rows import PropertyFailure, PropertyRow, PropertyStepRow

_COMPUTED = frozenset({"content-length", "host", "x-sandbox-world"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedStep:
    """One request of a finding as recorded in its artifact; what is personal in it is redacted."""

    operation: str
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: str | None
    response_body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedFinding:
    """A property row that did not pass, with its requests."""

    row: PropertyRow
    check: PropertyCheck
    failure: PropertyFailure
    base_url: str
    environment: str
    steps: tuple[RecordedStep, ...]


def load_finding(run: Path, read: Callable[[str], bytes], identifier: str) -> RecordedFinding:
    """Return a finding of a run, whose files `read` returns by name.

    Raises RunFolderError for files that are not those of a run, UsageError for an id that has no failure.
    """
    try:
        results = parse_results(read("results.json"))
        failures = {row.id: (row, row.failure) for row in results.properties if row.failure}
        if identifier not in failures:
            known = ", ".join(failures) or "none"
            raise UsageError(f"no property failure '{identifier}' in {run}; there are: {known}")
        row, failure = failures[identifier]
        steps = [json.loads(read(artifact)) for artifact in failure.artifacts]
        return RecordedFinding(
            row=row,
            check=_read_check(row),
            failure=failure,
            base_url=results.run.base_url or "",
            environment=results.run.environment,
            steps=tuple(_build_step(step, made) for step, made in zip(failure.steps, steps, strict=True)),
        )
    except (MisfitError, LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise RunFolderError(f"{run} cannot be read: {error}") from error


def _read_check(row: PropertyRow) -> PropertyCheck:
    """Return the check of a row. Raises ValueError for the name of another version."""
    if row.check not in list(PropertyCheck):
        raise ValueError(f"unknown check '{row.check}'")
    return PropertyCheck(row.check)


def find_spec(specs: Mapping[str, Spec], finding: RecordedFinding) -> Spec | None:
    """Return the spec that has the operations of a finding."""
    labels = {step.operation for step in finding.steps}
    return next((spec for spec in specs.values() if labels <= spec.operations.keys()), None)


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

    def sends_placeholders(self, step: RecordedStep) -> bool:
        """Tell whether a value of the request, other than the credential, was replaced when it was recorded."""
        url = _drop_credential(step.url, self.spec.security_schemes)
        return bool(MARKER.search(unquote(url)) or MARKER.search(step.body or ""))

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
            auth = INVALID_AUTH if _has_credential(step, self.spec.security_schemes) else NO_AUTH
        rest = step.url.removeprefix(finding.base_url.rstrip("/"))
        if not rest.startswith("/"):
            raise RunFolderError(f"the request {step.method} {step.url} did not go to the run's base URL")
        rest = _drop_credential(rest, self.spec.security_schemes)
        body = _rename_body(step.body, renamed)
        draft = Draft(
            method=step.method,
            url=self.base_url.rstrip("/") + _rename_url(rest, renamed),
            headers=tuple(
                (name, value)
                for name, value in step.headers
                if name.lower() not in _COMPUTED and not MARKER.search(value)
            ),
            body=None if body is None else body.encode("utf-8", "surrogatepass"),
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
    pairs = []
    for pair in query.split("&"):
        name, equals, value = pair.partition("=")
        pairs.append(f"{name}{equals}{_rename_part(value, renamed)}")
    return "/".join(segments) + mark + "&".join(pairs)


def _rename_part(text: str, renamed: Mapping[str, str]) -> str:
    plain = unquote(text)
    return quote(renamed[plain], safe="") if plain in renamed else text


def _rename_body(body: str | None, renamed: Mapping[str, str]) -> str | None:
    value = parse_json(body or "")
    if not renamed or value is None:
        return body
    return json.dumps(_rename_value(value, renamed), ensure_ascii=False)


def _rename_value(value: Json, renamed: Mapping[str, str]) -> Json:
    if isinstance(value, Mapping):
        return {name: _rename_value(item, renamed) for name, item in value.items()}
    if isinstance(value, list):
        return [_rename_value(item, renamed) for item in value]
    if not is_name(value) or str(value) not in renamed:
        return value
    new = renamed[str(value)]
    return int(new) if isinstance(value, int) and new.isdecimal() else new


def _has_credential(step: RecordedStep, schemes: Mapping[str, SecurityScheme]) -> bool:
    headers = {name.lower(): value for name, value in step.headers}
    cookies = {pair.partition("=")[0].strip() for pair in headers.get("cookie", "").split(";")}
    for scheme in schemes.values():
        match scheme.placement:
            case "query":
                found = _drop_credential(step.url, {scheme.name: scheme}) != step.url
            case "cookie":
                found = scheme.parameter in cookies
            case _:
                found = (scheme.parameter or "Authorization").lower() in headers
        if found:
            return True
    return False


def _drop_credential(url: str, schemes: Mapping[str, SecurityScheme]) -> str:
    """Return the URL without the credentials in its query: the run replaced them, and ours are added again."""
    names = {scheme.parameter for scheme in schemes.values() if scheme.placement == "query"}
    path, _, query = url.partition("?")
    pairs = query.split("&")
    kept = [pair for pair in pairs if unquote(pair.partition("=")[0]) not in names]
    return url if kept == pairs else "?".join(filter(None, (path, "&".join(kept))))


def _build_step(step: PropertyStepRow, document: Mapping[str, Any]) -> RecordedStep:
    request, response = document["request"], document["response"]
    return RecordedStep(
        operation=step.operation,
        method=request["method"],
        url=request["url"],
        headers=tuple((name, value) for name, value in request["headers"]),
        body=request["body"],
        response_body=(response["body"] or "") if response else "",
    )


def parse_json(text: str) -> Json:
    """Return the value of a JSON text, None for any other text."""
    try:
        return json.loads(text)
    except ValueError:
        return None
