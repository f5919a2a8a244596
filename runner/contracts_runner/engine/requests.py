"""Builds the complete request of an operation from the values of a step, or says why it is not sent."""

from collections.abc import Callable, Iterable, Mapping

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.authorization import (
    Authorization,
    AuthorizationError,
    authorize,
    read_inline,
    take_inline,
)
from contracts_runner.engine.expected_values import resolve_expected
from contracts_runner.engine.links import Link, resolve_link
from contracts_runner.engine.media_types import choose_accept
from contracts_runner.engine.outgoing import OutgoingStep
from contracts_runner.engine.parameters import SerialisedParameters, place_header, place_query, serialise_parameters
from contracts_runner.engine.request_body import encode_operation_body
from contracts_runner.engine.request_conformance import HINT, iter_mismatches
from contracts_runner.engine.request_values import Values, evaluate_values
from contracts_runner.engine.scope import Scope, UnresolvedError, UnusableValueError
from contracts_runner.engine.styles import UnsendableError
from contracts_runner.model.contract import Auth, Expectation, Unset
from contracts_runner.model.credential import list_secrets
from contracts_runner.model.environment import Environment
from contracts_runner.model.exchange import Request
from contracts_runner.model.http import find_field_fault
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec, Specs
from contracts_runner.project.files import NO_FILES, ProjectFiles

_ANY_SUCCESS = Expectation()


def build_request(
    operation: Operation,
    *,
    base_url: str,
    values: Values,
    authorization: Authorization,
    headers: Mapping[str, str],
    is_probe: bool,
    link: Link | None = None,
    expect: Expectation = _ANY_SUCCESS,
    scenario: str | None = None,
    step: str | None = None,
    phase: Phase = Phase.SCENARIOS,
) -> Request:
    """Return the request; raises UnsendableError. `headers` are the sender's own, such as User-Agent. `link` takes the
    place of path and query."""
    if operation.obstacle:
        raise UnsendableError(f"{operation.label} {operation.obstacle}", is_of_document=True)
    serialised = serialise_parameters(operation, values.parameters, is_link=link is not None)
    for name, value in values.query.items():
        place_query(serialised, name, value)
    own = {**headers, "Accept": values.accept or choose_accept(operation, expect)}
    encoded = None
    if not isinstance(values.body, Unset):
        encoded = encode_operation_body(operation, values.body, values.media_type, values.files)
        own["Content-Type"] = encoded.media_type
    beyond = SerialisedParameters("")
    for name, value in values.headers.items():
        place_header(beyond, name, value)
    cookies = [("Cookie", "; ".join(serialised.cookies))] if serialised.cookies else []
    all_headers = authorization.add_headers(own.items(), serialised.headers, beyond.headers, cookies)
    _refuse_faults(all_headers)
    address = link.address if link else operation.find_base_url(base_url)
    url = link.url if link else address + serialised.target
    query = "&".join([*serialised.query, *authorization.query])
    mark = "&" if "?" in url else "?"
    return Request(
        method=operation.method,
        url=url + (f"{mark}{query}" if query else ""),
        headers=all_headers,
        body=encoded.content if encoded else None,
        operation=operation.label,
        template=address + operation.path.partition("?")[0],
        effect=operation.effect,
        is_probe=is_probe,
        phase=phase,
        scenario=scenario,
        step=step,
        pending=authorization.pending,
        certificate=authorization.certificate,
    )


def follow_link(
    link: Json,
    operation: Operation,
    spec: Spec,
    authorization: Authorization,
    *,
    base_url: str,
    addresses: Iterable[str],
) -> Link:
    """Return where a link leads, to an address of the environment; raises UnsendableError, also where the credential
    would go to another service than its own."""
    operations = spec.operations.values() if operation.is_described else (operation,)
    found = resolve_link(link, operation, operations=operations, base_url=base_url, addresses=(base_url, *addresses))
    if not found.is_at_home and authorization.is_carrying:
        message = f"the link leads to another service than that of {operation.label}, where its credential belongs"
        raise UnsendableError(f"{message}; write `auth: none` to send it without")
    return found


def _refuse_faults(headers: Iterable[tuple[str, str]]) -> None:
    for name, value in headers:
        if fault := find_field_fault(value):
            raise UnsendableError(f"the header {name} cannot hold {fault}")


class UnsentError(Exception):
    """A request that cannot be made; the message is a sentence, `outcome` what that means for its step."""

    def __init__(self, error: Exception, outcome: Outcome) -> None:
        super().__init__(f"not sent: {error}")
        self.outcome = outcome


class _InvalidRequestError(Exception):
    """The author's request does not match the spec by mistake: it has no `invalid_request: true`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparer:
    """Makes requests to the operations of a project. `headers` go with every request.

    `is_checked` is False where the values are not all known: what is known of them was checked with the environment.
    `learn` takes what must not be written down, by name.
    """

    specs: Specs
    environment: Environment
    base_url: str
    headers: Mapping[str, str]
    files: ProjectFiles = NO_FILES
    is_checked: bool = True
    learn: Callable[[str, str], None] = lambda _name, _secret: None

    def prepare(self, outgoing: OutgoingStep, scope: Scope, *, scenario: str) -> tuple[Request, Authorization]:
        """Return the request, and what its credential is called; raises UnsentError."""
        try:
            return self._prepare(outgoing, scope, scenario)
        except (UnusableValueError, UnsendableError, AuthorizationError, _InvalidRequestError) as error:
            raise UnsentError(error, Outcome.ERRORED) from error
        except UnresolvedError as error:
            raise UnsentError(error, Outcome.BLOCKED) from error

    def _prepare(self, outgoing: OutgoingStep, scope: Scope, scenario: str) -> tuple[Request, Authorization]:
        step, operation = outgoing.step, outgoing.operation
        spec = self.specs[operation.spec]
        authorization = self._authorize(step.auth, operation, spec, scope)
        values = evaluate_values(step, operation, scope.evaluate, self.files)
        if self.is_checked and not step.is_invalid_request:
            for mismatch in iter_mismatches(spec, operation, values):
                raise _InvalidRequestError(f"{mismatch}; {HINT}")
        request = build_request(
            operation,
            base_url=self.base_url,
            values=values,
            authorization=authorization,
            headers=self.headers,
            is_probe=outgoing.is_probed,
            link=None if isinstance(values.url, Unset) else self._resolve(values.url, operation, spec, authorization),
            expect=resolve_expected(step.expect, scope),
            scenario=scenario,
            step=step.name,
        )
        return request, authorization

    def _resolve(self, link: Json, operation: Operation, spec: Spec, authorization: Authorization) -> Link:
        """Return where a link leads; for one that is known only when the step runs, the operation's own path."""
        if isinstance(link, str) and not self.is_checked and "${" in link:
            address = operation.find_base_url(self.base_url)
            return Link(address + operation.path, address, is_at_home=True)
        return follow_link(
            link, operation, spec, authorization, base_url=self.base_url, addresses=self.environment.addresses
        )

    def _authorize(self, auth: Auth | None, operation: Operation, spec: Spec, scope: Scope) -> Authorization:
        names, credentials = take_inline(auth, self.environment.credentials)
        if isinstance(auth, Mapping):
            given = read_inline(scope.evaluate(dict(auth)))
            for name, credential in given.items():
                for key, secret in list_secrets(f"auth:{name}", credential).items():
                    self.learn(key, secret)
            credentials |= given
        return authorize(names, operation=operation, schemes=spec.security_schemes, credentials=credentials)
