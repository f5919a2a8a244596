"""Tries the credentials of an environment: gets those that a service gives, and asks a reading operation with each."""

from collections.abc import Iterator

from contracts_runner.engine.authorization import Authorization, AuthorizationError, authorize, list_sent
from contracts_runner.engine.exchanger import Sending, send
from contracts_runner.engine.ports import Signer, Transport
from contracts_runner.engine.request_values import Values
from contracts_runner.engine.requests import build_request
from contracts_runner.errors import TransportError
from contracts_runner.model.contract import UNSET
from contracts_runner.model.environment import Environment
from contracts_runner.model.exchange import Request
from contracts_runner.model.spec import Effect, Evidence, Operation
from contracts_runner.project.project import Project
from contracts_runner.results.rows import Finding, FindingStatus
from contracts_runner.run.connections import USER_AGENT

_UNAUTHORIZED = 401


def iter_trials(
    project: Project, environment: Environment, base_url: str, transport: Transport, signer: Signer
) -> Iterator[Finding]:
    """Yield a finding for each credential that an operation is asked with: a GET that only reads and needs no
    parameter, sent once. Where there is none, one that a service gives is got all the same."""
    for name in environment.credentials:
        found = _list_operations(project, environment, name)
        harmless = [operation for operation in found if _is_harmless(operation)]
        for operation in (harmless or found)[:1]:
            label = f"credential {name} at {operation.label}"
            schemes = project.specs[operation.spec].security_schemes
            try:
                authorization = authorize(
                    None, operation=operation, schemes=schemes, credentials=environment.credentials
                )
            except AuthorizationError as error:
                yield Finding(label, "not sent", FindingStatus.PROBLEM, str(error))
                continue
            if harmless:
                request = _build_request(operation, base_url, authorization)
                yield _judge(label, send(transport, request, signer=signer))
            elif authorization.pending:
                yield _get(f"credential {name} from its service", operation, authorization, base_url, signer)


def _list_operations(project: Project, environment: Environment, name: str) -> list[Operation]:
    """Return the operations that would be asked with the credential, those that want no other one first."""
    found = [
        (len(sent), operation)
        for spec in project.specs.values()
        for operation in spec.operations.values()
        if not operation.obstacle
        and name
        in (sent := list_sent(None, operation=operation, schemes=spec.security_schemes, environment=environment))
    ]
    return [operation for _, operation in sorted(found, key=lambda each: each[0])]


def _is_harmless(operation: Operation) -> bool:
    is_asked_easily = operation.method == "GET" and not any(each.is_required for each in operation.parameters)
    return is_asked_easily and operation.effect is Effect.READ and operation.evidence is not Evidence.REFUTED


def _build_request(operation: Operation, base_url: str, authorization: Authorization) -> Request:
    return build_request(
        operation,
        base_url=base_url,
        values=Values(parameters={}, body=UNSET),
        authorization=authorization,
        headers={"User-Agent": USER_AGENT},
        is_probe=False,
    )


def _judge(label: str, sending: Sending) -> Finding:
    response = sending.exchange.response
    if response is None:
        what = "no answer" if sending.attempts else "not sent"
        return Finding(label, what, FindingStatus.PROBLEM, str(sending.error))
    is_taken = response.status_code != _UNAUTHORIZED
    status = FindingStatus.OK if is_taken else FindingStatus.PROBLEM
    return Finding(label, "taken" if is_taken else "refused", status, f"status {response.status_code}")


def _get(label: str, operation: Operation, authorization: Authorization, base_url: str, signer: Signer) -> Finding:
    """Get a credential for an operation to which nothing is sent."""
    request = Request(
        method=operation.method,
        url=operation.find_base_url(base_url),
        operation=operation.label,
        effect=operation.effect,
        pending=authorization.pending,
    )
    try:
        signer.sign(request)
    except TransportError as error:
        return Finding(label, "not got", FindingStatus.PROBLEM, str(error).removeprefix("not sent: "))
    return Finding(
        label, "got", FindingStatus.OK, "no operation can be asked with it that only reads and needs no parameter"
    )
