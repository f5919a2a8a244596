"""Builds the complete request of an operation from the values of a step, or says why it is not sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from contracts_runner.engine.authorization import Authorization, AuthorizationError, authorize
from contracts_runner.engine.media_types import JSON, choose_media_type
from contracts_runner.engine.outgoing import OutgoingStep
from contracts_runner.engine.parameters import ParameterError, serialise_parameters
from contracts_runner.engine.request_conformance import HINT, Values, iter_mismatches
from contracts_runner.engine.scope import LostValueError, Scope, UnresolvedError
from contracts_runner.model.contract import Unset
from contracts_runner.model.environment import Environment
from contracts_runner.model.exchange import Request
from contracts_runner.model.http import is_json_type
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec

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


class UnsentError(Exception):
    """A request that cannot be made; the message is a sentence, `outcome` what that means for its step."""

    def __init__(self, error: Exception, outcome: Outcome) -> None:
        super().__init__(f"not sent: {error}")
        self.outcome = outcome


class _InvalidRequestError(Exception):
    """The author's request does not match the spec by mistake: it has no `invalid_request: true`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparer:
    """Makes requests to one spec's operations. `headers` go with every request.

    `is_checked` is False where the values are not all known: what is known of them was checked with the environment.
    """

    spec: Spec
    environment: Environment
    base_url: str
    headers: Mapping[str, str]
    is_checked: bool = True

    def prepare(self, outgoing: OutgoingStep, scope: Scope, *, scenario: str) -> tuple[Request, Authorization]:
        """Return the request, and what its credential is called; raises UnsentError."""
        try:
            return self._prepare(outgoing, scope, scenario)
        except (LostValueError, ParameterError, AuthorizationError, BodyError, _InvalidRequestError) as error:
            raise UnsentError(error, Outcome.ERRORED) from error
        except UnresolvedError as error:
            raise UnsentError(error, Outcome.BLOCKED) from error

    def _prepare(self, outgoing: OutgoingStep, scope: Scope, scenario: str) -> tuple[Request, Authorization]:
        step, operation = outgoing.step, outgoing.operation
        schemes, credentials = self.spec.security_schemes, self.environment.credentials
        authorization = authorize(step.auth, operation=operation, schemes=schemes, credentials=credentials)
        body = step.body if isinstance(step.body, Unset) else scope.evaluate(step.body)
        parameters = scope.evaluate(dict(step.parameters))
        if self.is_checked and not step.is_invalid_request:
            for mismatch in iter_mismatches(self.spec, operation, Values(parameters=parameters, body=body)):
                raise _InvalidRequestError(f"{mismatch}; {HINT}")
        request = build_request(
            operation,
            base_url=self.base_url,
            parameters=parameters,
            body=body,
            authorization=authorization,
            headers=self.headers,
            is_probe=outgoing.is_probed,
            scenario=scenario,
            step=step.name,
        )
        return request, authorization
