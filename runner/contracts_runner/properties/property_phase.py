"""The property phase of a run: generates, sends and judges for each spec, and reports what came of it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import itemgetter
from pathlib import Path

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.authorization import explain_missing, find_missing
from contracts_runner.engine.exchanger import ExchangeRecorder
from contracts_runner.engine.ports import Clock, Emit, Signer, Transport, WriteArtifact
from contracts_runner.engine.success import judge
from contracts_runner.faults import Fault, guard
from contracts_runner.model.contract import KnownProperty
from contracts_runner.model.environment import Environment
from contracts_runner.model.exchange import Response
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import GenerationPhase
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.object_kinds import METHODS
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.adapter import GenerationRun
from contracts_runner.properties.budget import Budget, RequestCount
from contracts_runner.properties.collecting import ALL_OPERATIONS, SAMPLES, Collector, Findings
from contracts_runner.properties.document import cut_document
from contracts_runner.properties.examination import Examination
from contracts_runner.properties.links import read_links
from contracts_runner.properties.recording import ExchangeKeeper
from contracts_runner.properties.row_builder import KnownFindings, RowBuilder, select_entries
from contracts_runner.properties.selection import GenerationSettings
from contracts_runner.properties.sending import Headers, Limit, Sender
from contracts_runner.properties.walking import walk_links
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import PropertyAnswered, PropertyFinished


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyPhase:
    """Everything that the phase needs of the run. `operations` are the selected ones of each spec, by its key;
    `scratch` is a folder for Hypothesis's own tables."""

    specs: Mapping[str, Spec]
    operations: Mapping[str, Sequence[Operation]]
    settings: GenerationSettings
    environment: Environment
    known: Sequence[KnownProperty]
    base_url: str
    seed: int
    transport: Transport
    redactor: Redactor
    clock: Clock
    emit: Emit
    write_artifact: WriteArtifact
    find_headers: Callable[[str], Headers]
    scratch: Path
    signer: Signer | None = None
    # Shared with those who test the other operations.
    budget: RequestCount | None = None
    agree: Callable[[Findings], Findings] = lambda own: own

    def run(self) -> bool:
        """Test all selected operations; returns whether it was interrupted. What was found until then is reported."""
        budget = self.budget or Budget(self.settings.bounds)
        return any(self._run_spec(self.specs[key], operations, budget) for key, operations in self.operations.items())

    def _run_spec(self, spec: Spec, selected: Sequence[Operation], budget: RequestCount) -> bool:
        collector = Collector()
        testable = [operation for operation in selected if not self._skip(operation, spec, collector)]
        recorder = ExchangeRecorder(spec=spec, redactor=self.redactor)

        def settle(fault: Fault) -> bool:
            collector.fail(ALL_OPERATIONS, Outcome.ERRORED, f"the test broke off: {fault}")
            return False

        is_interrupted = bool(testable) and guard(
            lambda: self._test(spec, testable, collector, recorder, budget), settle
        )
        findings = self.agree(Findings(frozenset(collector.defects), is_whole=not collector.failings))
        self._report(spec, selected, collector, recorder, findings)
        return is_interrupted

    def _skip(self, operation: Operation, spec: Spec, collector: Collector) -> bool:
        if operation.obstacle:
            collector.fail(operation.label, Outcome.ERRORED, f"it {operation.obstacle}")
            return True
        reason = find_skip_reason(operation, spec, self.environment)
        if reason:
            collector.fail(operation.label, Outcome.SKIPPED, reason)
        return bool(reason)

    def _test(
        self,
        spec: Spec,
        operations: Sequence[Operation],
        collector: Collector,
        recorder: ExchangeRecorder,
        budget: RequestCount,
    ) -> bool:
        limit = Limit(clock=self.clock, seconds=self.settings.seconds)
        by_key = {(operation.method, operation.path): operation for operation in operations}
        sender = Sender(
            spec=spec,
            base_url=self.base_url,
            operations=by_key,
            transport=self.transport,
            credentials=self.environment.credentials,
            find_headers=self.find_headers,
            on_answer=partial(self._take_answer, spec, collector, recorder),
            on_trouble=collector.take_trouble,
            on_cut=collector.take_cut,
            limit=limit,
            budget=budget,
            signer=self.signer,
        )
        examination, run = prepare_run(
            sender,
            settings=self.settings,
            collector=collector,
            environment=self.environment,
            seed=self.seed,
            scratch=self.scratch,
        )
        limit.stop = run.stop
        is_interrupted = _generate(examination, run)
        if limit.reason or is_interrupted:
            _mark_untested(operations, collector, limit.reason or "the run was interrupted")
        _mark_cut(collector)
        return is_interrupted

    def _take_answer(
        self,
        spec: Spec,
        collector: Collector,
        recorder: ExchangeRecorder,
        operation: Operation,
        response: Response,
        auth: str | None,
    ) -> None:
        # Before anything else reads an answer: what is personal in it may be sent, and so be written, next.
        recorder.learn(operation, response)
        success = judge(operation, spec, response, depth=self.environment.limits.depth).success
        collector.take_answer(operation, response, success, auth)

    def _report(
        self,
        spec: Spec,
        operations: Sequence[Operation],
        collector: Collector,
        recorder: ExchangeRecorder,
        findings: Findings,
    ) -> None:
        builder = RowBuilder(
            collector=collector,
            redactor=self.redactor,
            known=KnownFindings(
                entries=select_entries(self.known, spec=spec, environment=self.environment.name),
                found=findings.found,
                is_exhaustive=GenerationPhase.COVERAGE in self.settings.phases and findings.is_whole,
                today=self.clock.now().date(),
            ),
        )
        keeper = ExchangeKeeper(
            recorder=recorder,
            operations={operation.label: operation for operation in operations},
            emit=self.emit,
            write_artifact=self.write_artifact,
        )
        for label in (*(operation.label for operation in operations), ALL_OPERATIONS):
            guard(
                partial(self._report_operation, label, collector, keeper, builder),
                lambda fault: self.emit(PropertyFinished(row=builder.build_broken(label, fault))),  # noqa: B023 - at once
            )

    def _report_operation(self, label: str, collector: Collector, keeper: ExchangeKeeper, builder: RowBuilder) -> None:
        failures = {
            defect: keeper.keep_defect(label, complaint)
            for defect, complaint in sorted(collector.defects.items(), key=itemgetter(0))
            if defect[0] == label
        }
        for kind in SAMPLES:
            if sample := collector.samples.get((label, kind)):
                keeper.keep_sample(label, kind, sample)
        if answers := builder.build_answers(label):
            self.emit(PropertyAnswered(operation=label, answers=answers))
        for row in builder.iter_rows(label, failures):
            self.emit(PropertyFinished(row=row))


def find_skip_reason(operation: Operation, spec: Spec, environment: Environment) -> str:
    """Return why the operation is not tested; "" if it is."""
    if operation.method.lower() not in METHODS:
        return f"no requests of the method {operation.method} are generated"
    missing = find_missing(None, operation=operation, schemes=spec.security_schemes, environment=environment)
    return explain_missing(missing, environment)


def prepare_run(
    sender: Sender,
    *,
    settings: GenerationSettings,
    collector: Collector,
    environment: Environment,
    seed: int,
    scratch: Path,
) -> tuple[Examination, GenerationRun]:
    """Return the generator of requests to the sender's operations, and what examines the answers."""
    operations = tuple(sender.operations.values())
    examination = Examination(
        spec=sender.spec,
        operations={operation.label: operation for operation in operations},
        links=read_links(sender.spec, operations),
        settings=settings,
        sender=sender,
        collector=collector,
        depth=environment.limits.depth,
        is_simulated=environment.sandbox is not None,
    )
    run = GenerationRun(cut_document(sender.spec, sender.operations), examination, seed=seed, scratch=scratch)
    return examination, run


def _generate(examination: Examination, run: GenerationRun) -> bool:
    """Walk the links, then generate; returns whether it was interrupted."""
    sender, collector = examination.sender, examination.collector
    try:
        if GenerationPhase.STATEFUL in examination.settings.phases:
            any(sender.limit.reason for _ in walk_links(examination))
        for key, message in run:
            operation = sender.operations.get(key)
            if operation and operation.label in collector.cut:
                continue  # the generator has missed the answers to what was not sent
            collector.fail(operation.label if operation else ALL_OPERATIONS, Outcome.ERRORED, message)
    except KeyboardInterrupt:
        run.stop()
        return True
    return run.is_interrupted


def _mark_untested(operations: Sequence[Operation], collector: Collector, reason: str) -> None:
    for operation in operations:
        if not collector.requests[operation.label]:
            collector.fail(operation.label, Outcome.SKIPPED, f"not tested: {reason}")


def _mark_cut(collector: Collector) -> None:
    for label, reason in collector.cut.items():
        what = "not all requests were sent" if collector.requests[label] else "not tested"
        collector.fail(label, Outcome.SKIPPED, f"{what}: {reason}")
