"""Tries the credentials of an environment: gets those that a service gives, and asks a reading operation with each.

Only an answer that speaks of the credential decides: a success has taken it, 401 refuses it. A redirect (often to a
login), 403 (some services answer an unknown token so), 404 or 500 would be the same for a wrong one."""

from collections.abc import Iterator

from contracts_runner.dataclass import dataclass
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
# So many operations are asked at most until an answer decides.
_TRIALS = 3


def iter_trials(
    project: Project, environment: Environment, base_url: str, transport: Transport, signer: Signer
) -> Iterator[Finding]:
    """Yield a finding for each credential that an operation is asked with: GETs that only read and need no parameter,
    each sent once, until one decides. Where there is none, one that a service gives is got all the same."""
    for name in environment.credentials:
        trial = _Trial(name, project, environment, base_url, transport, signer)
        found = _list_operations(project, environment, name)
        if harmless := [operation for operation in found if _is_harmless(operation)]:
            yield _choose(map(trial.ask, harmless[:_TRIALS]))
        elif found:
            yield from trial.get(found[0])


def _choose(findings: Iterator[Finding]) -> Finding:
    """Return the first finding that decides, else the first of all, with how many others do not decide either."""
    undecided: list[Finding] = []
    for finding in findings:
        if finding.status is not FindingStatus.INFO:
            return finding
        undecided.append(finding)
    first, *others = undecided
    more = f"; nor does what {len(others)} more operations answer" if others else ""
    return Finding(first.name, first.value, first.status, f"{first.detail}{more}")


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


@dataclass(frozen=True, slots=True)
class _Trial:
    """What one credential is tried with."""

    name: str
    project: Project
    environment: Environment
    base_url: str
    transport: Transport
    signer: Signer

    def ask(self, operation: Operation) -> Finding:
        """Send one request of an operation with the credential; returns what its answer says of it."""
        label = f"credential {self.name} at {operation.label}"
        try:
            request = _build_request(operation, self.base_url, self._authorize(operation))
        except AuthorizationError as error:
            return Finding(label, "not sent", FindingStatus.PROBLEM, str(error))
        return _judge(label, send(self.transport, request, signer=self.signer))

    def get(self, operation: Operation) -> Iterator[Finding]:
        """Get a credential that a service gives, for an operation to which nothing is sent."""
        try:
            authorization = self._authorize(operation)
        except AuthorizationError as error:
            yield Finding(f"credential {self.name} at {operation.label}", "not sent", FindingStatus.PROBLEM, str(error))
            return
        if authorization.pending:
            label = f"credential {self.name} from its service"
            yield _get(label, operation, authorization, self.base_url, self.signer)

    def _authorize(self, operation: Operation) -> Authorization:
        schemes = self.project.specs[operation.spec].security_schemes
        return authorize(None, operation=operation, schemes=schemes, credentials=self.environment.credentials)


def _judge(label: str, sending: Sending) -> Finding:
    response = sending.exchange.response
    if response is None:
        what = "no answer" if sending.attempts else "not sent"
        return Finding(label, what, FindingStatus.PROBLEM, str(sending.error))
    status = f"status {response.status_code}"
    if response.status_code == _UNAUTHORIZED:
        return Finding(label, "refused", FindingStatus.PROBLEM, status)
    if 200 <= response.status_code <= 299:
        return Finding(label, "taken", FindingStatus.OK, status)
    return Finding(label, "not known", FindingStatus.INFO, f"{status} does not tell whether it is taken")


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
