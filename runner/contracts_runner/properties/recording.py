"""Makes what may be written of generated exchanges: the recorded form, its artifact, and a command that repeats it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, field

from msgspec import UNSET, structs

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.curl import render_curl
from contracts_runner.engine.exchanger import ExchangeRecorder
from contracts_runner.engine.ports import Emit, WriteArtifact
from contracts_runner.engine.recording import LEDGER_BODY_CHARACTERS, read_violations
from contracts_runner.engine.success import Success
from contracts_runner.model.exchange import Exchange
from contracts_runner.model.spec import Operation
from contracts_runner.properties.cases import Complaint
from contracts_runner.properties.collecting import Sample
from contracts_runner.redaction.redactor import RecordedExchange
from contracts_runner.results.events import PropertyExchange
from contracts_runner.results.lines import as_json
from contracts_runner.results.rows import ExchangeRow, PropertyFailure, PropertyStepRow, TakenRow


@dataclass(slots=True, kw_only=True)
class ExchangeKeeper:
    """Writes the artifacts of the exchanges that are kept, and emits their events. `write_artifact` is called with the
    operation, the number of the exchange, its case, and the document."""

    recorder: ExchangeRecorder
    operations: Mapping[str, Operation]  # by label
    emit: Emit
    write_artifact: WriteArtifact
    _numbers: Counter[str] = field(default_factory=Counter)  # operation -> artifacts written

    def keep_defect(self, operation: str, complaint: Complaint) -> PropertyFailure:
        """Keep all requests that the proof of a defect needs, oldest first."""
        recorded = [(step.request.operation, self._record(step)) for step in complaint.steps]
        steps = [
            PropertyStepRow(
                operation=label,
                method=each.request.method,
                url=each.request.url,
                status=each.response.status if each.response else None,
                curl=render_curl(each.request.method, each.request.url, each.request.headers, each.request.body),
                taken=UNSET
                if step.taken is None
                else tuple(TakenRow(placement=at.placement, name=at.name, source=at.source) for at in step.taken),
            )
            for step, (label, each) in zip(complaint.steps, recorded, strict=True)
        ]
        return PropertyFailure(
            code=complaint.code,
            title=complaint.title,
            message=self.recorder.redactor.text(complaint.message),
            curl=steps[-1].curl,
            steps=tuple(steps),
            artifacts=tuple(self._keep(operation, complaint.check, each) for _, each in recorded),
            violations=read_violations(self.recorder.redactor.value(list(map(asdict, complaint.violations)))),
        )

    def keep_sample(self, operation: str, kind: str, sample: Sample) -> None:
        """Keep an exchange that shows how the operation answers."""
        self._keep(operation, kind, self._record(sample.exchange), sample.success)

    def _record(self, exchange: Exchange) -> RecordedExchange:
        return self.recorder.record(self.operations[exchange.request.operation], exchange)

    def _keep(self, operation: str, case: str, recorded: RecordedExchange, success: Success | None = None) -> str:
        self._numbers[operation] += 1
        whole = self._judge(recorded.as_row(max_body=None), success)
        document = {"operation": operation, "case": case, **as_json(whole)}
        written = self.write_artifact(operation, self._numbers[operation], case, document)
        exchange = self._judge(recorded.as_row(max_body=LEDGER_BODY_CHARACTERS), success)
        self.emit(
            PropertyExchange(
                operation=operation,
                case=case,
                exchange=exchange,
                artifact=written.path,
                artifact_sha256=written.sha256,
            )
        )
        return written.path

    def _judge(self, row: ExchangeRow, success: Success | None) -> ExchangeRow:
        """Return the row with what is known of its success."""
        if success is None:
            return row
        code = self.recorder.redactor.value(success.error_code)
        return structs.replace(row, success=success.is_success, error_code=code)
