"""Sends the requests of a recorded finding again, and checks whether the defect appears again."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import assert_never

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.authorization import INVALID_AUTH, NO_AUTH
from contracts_runner.engine.conformance import check_conformance
from contracts_runner.engine.exchanger import send
from contracts_runner.engine.ports import Signer, Transport
from contracts_runner.engine.success import judge
from contracts_runner.errors import RunFolderError
from contracts_runner.model.checks import PropertyCheck
from contracts_runner.model.credential import Credential
from contracts_runner.model.exchange import Exchange, Request, Response
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.spec import Operation, SecurityScheme
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.carrying import Carrier, MissingGroundError
from contracts_runner.properties.cases import Draft
from contracts_runner.properties.examination import describe_conformance
from contracts_runner.properties.ground import (
    REFUSED,
    drop_cookies,
    drop_credential,
    encode_body,
    find_lost_part,
    has_credential,
    is_telling,
    list_credential_headers,
)
from contracts_runner.properties.recorded_finding import RecordedFinding, RecordedStep
from contracts_runner.properties.sending import build_generated_request

_COMPUTED = frozenset({"content-length", "host", "x-sandbox-world"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayer:
    """Sends recorded steps of one spec's operations to an environment. `depth` is the limit on nested JSON."""

    spec: Spec
    base_url: str
    transport: Transport
    credentials: Mapping[str, Credential]
    user_agent: str
    depth: int
    signer: Signer | None = None

    def iter_exchanges(self, finding: RecordedFinding) -> Iterator[Exchange]:
        """Yield the exchange of each step; what it took from earlier answers is as these give it now. Raises
        MissingGroundError before a step that the earlier ones do not lead to any more."""
        carrier = Carrier(self.depth)
        for step in finding.steps:
            operation = self.spec.operations[step.operation]
            carried = carrier.carry(step, operation)
            request = self._build(carried, finding)
            sending = send(self.transport, request, signer=self.signer)
            response = sending.exchange.response
            if response is None:
                kind = PropertyCheck.RESPONSE if sending.outcome is Outcome.FAILED else ""
                yield dataclasses.replace(sending.exchange, problem=f"{kind}: {sending.error}".strip(": "))
                return
            yield sending.exchange
            if step is not finding.steps[-1]:
                self._check_ground(step, operation, response)
                carrier.add(step, carried, operation, response)

    def _check_ground(self, step: RecordedStep, operation: Operation, response: Response) -> None:
        """Raise MissingGroundError where a step on which later ones build is answered otherwise than in the run."""
        if response.status_code != step.status:
            raise MissingGroundError(
                f"{step.name} was answered with {step.status} in the run, and now with {response.status_code}"
            )
        if step.response and self._has_succeeded(operation, step.response) != self._has_succeeded(operation, response):
            words = ("an error", "a success")
            before, now = words if self._has_succeeded(operation, response) else reversed(words)
            raise MissingGroundError(f"{step.name} was answered with {before} in the run, and now with {now}")

    def _has_succeeded(self, operation: Operation, response: Response) -> bool:
        return judge(operation, self.spec, response, depth=self.depth).success.is_success

    def find_obstacle(self, finding: RecordedFinding) -> str:
        """Return why a request of the finding cannot be sent as it was, "" if all can. Raises AuthorizationError for a
        credential that cannot be sent."""
        for step in finding.steps:
            lost = find_lost_part(step, finding.redaction, self.spec.security_schemes)
            if lost:
                return f"{step.name} cannot be sent as it was: {lost}"
            self._build(step, finding)
        return ""

    def explain_silence(self, finding: RecordedFinding, last: Exchange) -> str:
        """Return why the answer to the last request says nothing of the finding, "" if it does."""
        step, operation = finding.steps[-1], self.spec.operations[last.request.operation]
        if last.response is None or last.response.status_code == step.status:
            return ""
        words = f"{step.name} was answered with {step.status} in the run, and now with {last.response.status_code}"
        if not is_telling(finding, last.response.status_code):
            return words
        is_naming = step.taken is None and "{" in operation.path and finding.check not in REFUSED
        if is_naming and not (self.shows_again(finding, last) or self._has_succeeded(operation, last.response)):
            return f"{words}; that may be for want of what it names, of which the run did not record where it is from"
        return ""

    def shows_again(self, finding: RecordedFinding, last: Exchange) -> bool:
        """Tell whether the check that failed would fail again on the exchange of the last request."""
        check = finding.check
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

    def _build(self, step: RecordedStep, finding: RecordedFinding) -> Request:
        operation = self.spec.operations[step.operation]
        auth = None
        if finding.check is PropertyCheck.IGNORED_AUTH:
            auth = INVALID_AUTH if has_credential(step, self.spec.security_schemes) else NO_AUTH
        rest = find_target(step.url, operation, finding.base_url)
        if not rest.startswith("/"):
            raise RunFolderError(f"the request {step.method} {step.url} did not go to the run's base URL")
        rest = drop_credential(rest, self.spec.security_schemes)
        draft = Draft(
            method=step.method,
            url=operation.find_base_url(self.base_url) + rest,
            headers=tuple(_iter_headers(step, self.spec.security_schemes)),
            body=None if step.body is None else encode_body(step.body, step.headers),
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


def find_target(url: str, operation: Operation, base_url: str) -> str:
    """Return path and query of a recorded request on its service; where that has an address of its own the run's is not
    recorded, and the path is as long as its template."""
    if not operation.base_url:
        return url.removeprefix(base_url.rstrip("/"))
    path, mark, query = url.partition("?")
    return "/" + "/".join(path.split("/")[-operation.path.count("/") :]) + mark + query


def _iter_headers(step: RecordedStep, schemes: Mapping[str, SecurityScheme]) -> Iterator[tuple[str, str]]:
    """Yield the recorded headers without those that are computed, and without the credentials: ours are added."""
    own = list_credential_headers(schemes)
    for name, value in step.headers:
        if name.lower() == "cookie":
            if cookies := drop_cookies(value, schemes):
                yield name, cookies
        elif name.lower() not in _COMPUTED and name.lower() not in own:
            yield name, value
