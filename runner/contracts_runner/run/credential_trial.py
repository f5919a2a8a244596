"""Tries the credentials of an environment: gets those that a service gives, and asks a reading operation with each."""

from collections.abc import Iterator

from contracts_runner.engine.authorization import AuthorizationError, authorize, list_sent
from contracts_runner.engine.exchanger import send
from contracts_runner.engine.ports import Signer, Transport
from contracts_runner.engine.request_values import Values
from contracts_runner.engine.requests import build_request
from contracts_runner.model.contract import UNSET
from contracts_runner.model.environment import Environment
from contracts_runner.model.spec import Effect, Evidence, Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.project import Project
from contracts_runner.results.rows import Finding, FindingStatus
from contracts_runner.run.connections import USER_AGENT

_UNAUTHORIZED = 401


def iter_trials(
    project: Project, environment: Environment, base_url: str, transport: Transport, signer: Signer
) -> Iterator[Finding]:
    """Yield a finding for each credential that an operation can be asked with: a GET that only reads and needs no
    parameter, sent once."""
    for name in environment.credentials:
        found = next(_iter_operations(project, environment, name), None)
        if found is not None:
            yield _try(name, *found, environment, base_url, transport, signer)


def _iter_operations(project: Project, environment: Environment, name: str) -> Iterator[tuple[Spec, Operation]]:
    """Yield the operations that would be asked with the credential, those that want no other one first."""
    fitting = [
        (len(sent), spec, operation)
        for spec in project.specs.values()
        for operation in spec.operations.values()
        if _is_harmless(operation)
        and name
        in (sent := list_sent(None, operation=operation, schemes=spec.security_schemes, environment=environment))
    ]
    yield from ((spec, operation) for _, spec, operation in sorted(fitting, key=lambda each: each[0]))


def _is_harmless(operation: Operation) -> bool:
    is_asked_easily = operation.method == "GET" and not any(each.is_required for each in operation.parameters)
    is_there = not operation.obstacle and operation.evidence is not Evidence.REFUTED
    return is_asked_easily and is_there and operation.effect is Effect.READ


def _try(
    name: str,
    spec: Spec,
    operation: Operation,
    environment: Environment,
    base_url: str,
    transport: Transport,
    signer: Signer,
) -> Finding:
    label = f"credential {name} at {operation.label}"
    try:
        authorization = authorize(
            None, operation=operation, schemes=spec.security_schemes, credentials=environment.credentials
        )
    except AuthorizationError as error:
        return Finding(label, "not sent", FindingStatus.PROBLEM, str(error))
    request = build_request(
        operation,
        base_url=base_url,
        values=Values(parameters={}, body=UNSET),
        authorization=authorization,
        headers={"User-Agent": USER_AGENT},
        is_probe=False,
    )
    sending = send(transport, request, signer=signer)
    response = sending.exchange.response
    if response is None:
        return Finding(
            label, "no answer" if sending.attempts else "not sent", FindingStatus.PROBLEM, str(sending.error)
        )
    is_taken = response.status_code != _UNAUTHORIZED
    status = FindingStatus.OK if is_taken else FindingStatus.PROBLEM
    return Finding(label, "taken" if is_taken else "refused", status, f"status {response.status_code}")
