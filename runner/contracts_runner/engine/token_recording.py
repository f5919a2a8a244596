"""Turns a request for a token into what may be written: its artifact, then the event that names it."""

import itertools
from collections.abc import Callable
from dataclasses import field
from functools import partial
from typing import Any

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.ports import Emit, WriteArtifact
from contracts_runner.engine.recording import LEDGER_BODY_CHARACTERS, describe_response
from contracts_runner.model.exchange import Exchange
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.events import TokenRequested
from contracts_runner.results.lines import as_json
from contracts_runner.results.rows import RequestRow


@dataclass(slots=True)
class TokenRecorder:
    """Records requests for tokens. `numbers` gives the next number of the run."""

    redactor: Redactor
    write_artifact: WriteArtifact
    emit: Emit
    numbers: Callable[[], int] = field(default_factory=lambda: partial(next, itertools.count(1)))

    def record(self, credential: str, exchange: Exchange, reason: str) -> None:
        """Record an exchange; `reason` is why the answer is no token."""
        number = self.numbers()
        recorded = self.redactor.record(exchange, document=None, request_pointer="", response_pointer="")
        row: dict[str, Any] = {
            "credential": credential,
            "number": number,
            "phase": exchange.request.phase,
            "request": RequestRow(method=recorded.request.method, url=recorded.request.url),
            "response": describe_response(exchange.response) if exchange.response else None,
            "reason": self.redactor.text(reason),
        }
        document = {**as_json(row), **as_json(recorded.as_row(max_body=None))}
        written = self.write_artifact(credential, number, "token", document)
        self.emit(
            TokenRequested(
                **row,
                exchange=recorded.as_row(max_body=LEDGER_BODY_CHARACTERS),
                artifact=written.path,
                artifact_sha256=written.sha256,
            )
        )
