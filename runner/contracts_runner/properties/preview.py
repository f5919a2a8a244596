"""What the property phase would send, as far as it is known before the first answer; nothing is sent.

The generator of the run does it, and no request is answered. `fuzzing` and `stateful` search while they send: what they
try next depends on what came back. So do requests that take ids from answers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.ports import Signed, SystemClock
from contracts_runner.errors import NoResponseError
from contracts_runner.model.environment import Environment
from contracts_runner.model.exchange import Request, Response
from contracts_runner.model.phase import GenerationPhase
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.budget import Budget
from contracts_runner.properties.cases import OperationKey
from contracts_runner.properties.collecting import Collector
from contracts_runner.properties.property_phase import find_skip_reason, prepare_run
from contracts_runner.properties.selection import Bounds, GenerationSettings
from contracts_runner.properties.sending import Headers, Limit, Sender


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedOperation:
    """The requests to one operation that are known.

    `fed` are the parameters and the members of the body that take ids from answers. With any, the `examples` go again
    with such ids, and those of `coverage`, about `later` requests, are made while it runs. `problems`: why something
    was not generated; `cut`: why not all requests are sent.
    """

    operation: Operation
    skip_reason: str = ""
    requests: Sequence[Request] = ()
    fed: Sequence[str] = ()
    later: int = 0
    problems: Sequence[str] = ()
    cut: str = ""


@dataclass(frozen=True, slots=True)
class _Generated:
    """What one way of generating gives without answers: (operation, message) of each problem."""

    requests: Sequence[Request] = ()
    problems: Sequence[tuple[OperationKey, str]] = ()
    fed: Mapping[OperationKey, Sequence[str]] = field(default_factory=dict)
    cut: Mapping[OperationKey, str] = field(default_factory=dict)


class _SilentTransport:
    """Takes requests, and answers none."""

    def __init__(self) -> None:
        self.taken: list[Request] = []

    def send(self, request: Request) -> Response:
        self.taken.append(request)
        raise NoResponseError("not sent: this is a dry run")


class _SilentSigner:
    """Leaves out credentials that only a run gets."""

    def sign(self, request: Request) -> Signed:
        return Signed(replace(request, pending=()))


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyPlanner:
    """Generates the requests of an environment without sending any. `headers` go with every request; `scratch` is a
    folder for Hypothesis's own tables."""

    environment: Environment
    base_url: str
    settings: GenerationSettings
    seed: int
    headers: Headers
    scratch: Path

    def iter_operations(self, spec: Spec, selected: Sequence[Operation]) -> Iterator[PlannedOperation]:
        """Yield the selected operations in their order."""
        reasons = {
            operation.label: operation.obstacle or find_skip_reason(operation, spec, self.environment)
            for operation in selected
        }
        testable = {(each.method, each.path): each for each in selected if not reasons[each.label]}
        examples, coverage = (
            self._generate(spec, testable, way) for way in (GenerationPhase.EXAMPLES, GenerationPhase.COVERAGE)
        )
        for operation in selected:
            key = (operation.method, operation.path)
            fed = coverage.fed.get(key) or examples.fed.get(key, ())
            exhaustive = [each for each in coverage.requests if each.operation == operation.label]
            yield PlannedOperation(
                operation=operation,
                skip_reason=reasons[operation.label],
                requests=[
                    *(each for each in examples.requests if each.operation == operation.label),
                    *(() if fed else exhaustive),
                ],
                fed=fed,
                cut=examples.cut.get(key) or coverage.cut.get(key, ""),
                later=len(exhaustive) if fed else 0,
                # A problem with the document itself names no operation of it.
                problems=[
                    message
                    for problem, message in dict.fromkeys([*examples.problems, *coverage.problems])
                    if problem == key or problem not in testable
                ],
            )

    def _generate(self, spec: Spec, operations: Mapping[OperationKey, Operation], way: GenerationPhase) -> _Generated:
        if not operations or way not in self.settings.phases:
            return _Generated()
        transport, cut = _SilentTransport(), dict[OperationKey, str]()
        sender = Sender(
            spec=spec,
            base_url=self.base_url,
            operations=operations,
            transport=transport,
            credentials=self.environment.credentials,
            find_headers=lambda _: self.headers,
            on_answer=lambda *_: None,
            on_trouble=lambda *_: None,
            on_cut=lambda each, reason: cut.update({(each.method, each.path): reason}),
            limit=Limit(clock=SystemClock(), seconds=None),
            # How far the bounds of the whole phase reach, the answers decide.
            budget=Budget(Bounds(examples=self.settings.bounds.examples)),
            signer=_SilentSigner(),
        )
        _, run = prepare_run(
            sender,
            # One worker, so that the order is always the same.
            settings=replace(self.settings, phases=(way,), workers=1),
            collector=Collector(),
            environment=self.environment,
            seed=self.seed,
            scratch=self.scratch,
        )
        problems = [each for each in run if each[0] not in cut]
        if run.is_interrupted:
            raise KeyboardInterrupt
        return _Generated(transport.taken, problems, run.find_fed_parameters(), cut)
