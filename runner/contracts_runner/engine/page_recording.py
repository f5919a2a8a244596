"""Records what was sent for the pages of a listing: the artifact, then the event that names it."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from msgspec import UNSET

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.answer_shape import describe_shape
from contracts_runner.engine.exchanger import ExchangeRecorder
from contracts_runner.engine.page_asking import Attempt
from contracts_runner.engine.ports import Emit, WriteArtifact
from contracts_runner.engine.recording import LEDGER_BODY_CHARACTERS, describe_response, read_violations
from contracts_runner.openapi.spec import Spec
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import PageFetched
from contracts_runner.results.lines import as_json

# Of a long walk the first pages are whole in their artifacts; of the others the beginning, with the hash of all.
WHOLE_PAGES = 100


@dataclass(slots=True, kw_only=True)
class PageRecorder:
    """Records attempts one after another; `write_artifact` is called with the operation, the next of `numbers`, and the
    page."""

    spec: Spec
    redactor: Redactor
    write_artifact: WriteArtifact
    emit: Emit
    numbers: Iterator[int]

    def record(self, attempt: Attempt, pages: int | None) -> str:
        """Write the artifact and emit the event of an attempt; returns the artifact. `pages`: how many there are, None
        if nobody knows."""
        operation, exchange = attempt.operation, attempt.exchange
        recorded = ExchangeRecorder(spec=self.spec, redactor=self.redactor).record(operation, exchange)
        success = attempt.answer.success if attempt.answer else None
        row: dict[str, Any] = {
            "operation": operation.label,
            "number": attempt.number,
            "auth": attempt.auth,
            "success": success.is_success if success else None,
            "error_code": self.redactor.value(success.error_code) if success else None,
            "reason": self.redactor.text(success.reason if success else exchange.problem),
        }
        limit = None if attempt.number <= WHOLE_PAGES else LEDGER_BODY_CHARACTERS
        document = {**row, **as_json(recorded.as_row(max_body=limit))}
        written = self.write_artifact(operation.label, next(self.numbers), f"page-{attempt.number}", document)
        self.emit(
            PageFetched(
                **row,
                response=describe_response(exchange.response) if exchange.response else None,
                exchange=recorded.as_row(max_body=LEDGER_BODY_CHARACTERS),
                artifact=written.path,
                artifact_sha256=written.sha256,
                shape=describe_shape(recorded, attempt.answer) if limit is None else UNSET,
                pages=UNSET if pages is None else pages,
                violations=read_violations(self.redactor.value([asdict(each) for each in attempt.violations])),
                wait_seconds=UNSET if attempt.wait_seconds is None else attempt.wait_seconds,
            )
        )
        return written.path
