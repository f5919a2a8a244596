"""The property phase of a run: generates, sends and judges for each spec, and reports what came of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from contracts_runner.engine.exchanger import ExchangeRecorder
from contracts_runner.engine.ports import Clock, Emit, Transport, WriteArtifact
from contracts_runner.model.environment import Environment
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.contract.property_known import KnownProperty
from contracts_runner.properties.adapter import GenerationRun
from contracts_runner.properties.cases import Generation
from contracts_runner.properties.collecting import ALL_OPERATIONS, SAMPLES, Collector, Failing
from contracts_runner.properties.document import cut_document
from contracts_runner.properties.examination import Examination
from contracts_runner.properties.known import KnownFindings, select_entries
from contracts_runner.properties.links import name_link, read_links
from contracts_runner.properties.recording import ExchangeKeeper
from contracts_runner.properties.rows import RowBuilder
from contracts_runner.properties.selection import find_missing_credentials
from contracts_runner.properties.sending import Headers, Limit, Sender
from contracts_runner.properties.settings import PropertySettings
from contracts_runner.properties.walking import LinkWalker
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import PropertyFinished


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyPhase:
    """Everything that the phase needs of the run. `operations` are the selected ones of each spec, by its key;
    `scratch` is a folder for Hypothesis's own tables."""

    specs: Mapping[str, Spec]
    operations: Mapping[str, Sequence[Operation]]
    settings: PropertySettings
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

    def run(self) -> bool:
        """Test all selected operations; returns whether it was interrupted. What was found until then is reported."""
        return any(self._run_spec(self.specs[key], operations) for key, operations in self.operations.items())

    def _run_spec(self, spec: Spec, selected: Sequence[Operation]) -> bool:
        collector = Collector()
        testable = [operation for operation in selected if not self._skip(operation, collector)]
        recorder = ExchangeRecorder(spec=spec, redactor=self.redactor)
        is_interrupted = bool(testable) and self._generate(spec, testable, collector, recorder)
        self._report(spec, selected, collector, recorder)
        return is_interrupted

    def _skip(self, operation: Operation, collector: Collector) -> bool:
        missing = find_missing_credentials(operation, self.environment)
        if missing:
            names = ", ".join(f"{name} (${self.environment.missing_credentials[name]})" for name in missing)
            message = f"the credential {names} is not set"
            collector.fail(operation.label, Failing(outcome=Outcome.SKIPPED, message=message, exchange=None))
        return bool(missing)

    def _generate(
        self, spec: Spec, operations: Sequence[Operation], collector: Collector, recorder: ExchangeRecorder
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
            # Before anybody else sees an answer: what is personal in it may be sent, and so be written, next.
            on_answer=recorder.learn,
            on_trouble=collector.take_trouble,
            limit=limit,
        )
        links = read_links(spec, operations)
        examination = Examination(
            spec=spec,
            operations={operation.label: operation for operation in operations},
            checks=self.settings.checks,
            gone=frozenset(name_link(link) for link in links if link.is_gone),
            sender=sender,
            collector=collector,
            depth=self.environment.limits.depth,
            is_shrinking=self.settings.is_shrinking,
        )
        generation = self._build_generation(is_guessing_links=not links)
        run = GenerationRun(cut_document(spec, by_key), generation, wire=sender, examiner=examination)
        limit.stop = run.stop
        walker = LinkWalker(
            spec=spec,
            links=links if "stateful" in self.settings.phases else (),
            base_url=self.base_url,
            wire=sender,
            examiner=examination,
            depth=self.environment.limits.depth,
        )
        is_interrupted = _carry_out(walker, run, limit, by_key, collector)
        if limit.reason or is_interrupted:
            _mark_untested(operations, collector, limit.reason or "the run was interrupted")
        return is_interrupted

    def _build_generation(self, *, is_guessing_links: bool) -> Generation:
        return Generation(
            base_url=self.base_url,
            seed=self.seed,
            phases=self.settings.phases,
            max_examples=self.settings.max_examples,
            workers=self.settings.workers,
            is_positive_only=self.settings.is_safe,
            is_shrinking=self.settings.is_shrinking,
            # What the authors say is better than what names suggest, and guesses would crowd it out.
            is_guessing_links=is_guessing_links,
            scratch=self.scratch,
        )

    def _report(
        self, spec: Spec, operations: Sequence[Operation], collector: Collector, recorder: ExchangeRecorder
    ) -> None:
        builder = RowBuilder(
            collector=collector,
            redactor=self.redactor,
            known=KnownFindings(
                entries=select_entries(self.known, spec=spec, environment=self.environment.name),
                found=frozenset(collector.findings),
                is_exhaustive="coverage" in self.settings.phases and not collector.failings,
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
            proofs = {
                finding: keeper.keep_finding(finding)
                for key, finding in sorted(collector.findings.items())
                if key[0] == label
            }
            for kind in SAMPLES:
                if sample := collector.samples.get((label, kind)):
                    keeper.keep_sample(label, kind, sample)
            for row in builder.iter_rows(label, proofs):
                self.emit(PropertyFinished(row=row))


def _carry_out(
    walker: LinkWalker,
    run: GenerationRun,
    limit: Limit,
    by_key: Mapping[tuple[str, str], Operation],
    collector: Collector,
) -> bool:
    """Walk the links, then generate; returns whether it was interrupted."""
    try:
        any(limit.reason for _ in walker.iter_ways())
        for trouble in run:
            operation = by_key.get(trouble.operation)
            failing = Failing(outcome=Outcome.ERRORED, message=trouble.message, exchange=None)
            collector.fail(operation.label if operation else ALL_OPERATIONS, failing)
    except KeyboardInterrupt:
        run.stop()
        return True
    return run.is_interrupted


def _mark_untested(operations: Sequence[Operation], collector: Collector, reason: str) -> None:
    for operation in operations:
        if not collector.requests[operation.label]:
            failing = Failing(outcome=Outcome.SKIPPED, message=f"not tested: {reason}", exchange=None)
            collector.fail(operation.label, failing)
