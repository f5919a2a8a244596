"""Builds ledgers for tests: the lines as they are read back from ledger.jsonl."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.results import events
from contracts_runner.results.events import Event
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.lines import Line, UnknownEvent, as_json, results_as_json
from contracts_runner.results.rows import CheckRow, ExchangeRow, StepRow, WarehouseRow

__all__ = ["Line", "UnknownEvent"]

STARTED_AT = datetime(2025, 11, 9, 15, 14, 41, tzinfo=UTC)

OPERATIONS: tuple[dict[str, Any], ...] = (
    {"operation": "listOrders", "spec": "tickets", "method": "GET", "path": "/orders", "effect": "read"},
    {"operation": "getEvent", "spec": "tickets", "method": "GET", "path": "/events/{id}", "effect": "read"},
    {"operation": "addTicket", "spec": "tickets", "method": "POST", "path": "/tickets/add", "effect": "write"},
    {"operation": "removeTicket", "spec": "tickets", "method": "POST", "path": "/tickets/remove", "effect": "write"},
)


def fold(lines: Iterable[Line]) -> dict[str, Any]:
    """The results of a ledger as they stand in results.json."""
    return results_as_json(fold_ledger(lines))


def list_rows(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """The lines as JSON objects, as a reader of the file gets them; their chain is missing."""
    return [{"seq": line.seq, "at": line.at, "type": line.type, **as_json(line.event)} for line in lines]


def make_check_row(outcome: str = "passed", **changes: Any) -> CheckRow:
    return msgspec.convert(
        {
            "check": "status",
            "outcome": outcome,
            "expected": 200,
            "actual": 200 if outcome == "passed" else 500,
            "message": "" if outcome == "passed" else "status 500 is not 200",
            "location": "contracts/orders.yaml:12",
            **changes,
        },
        CheckRow,
    )


def make_warehouse_row(outcome: str = "passed", **changes: Any) -> WarehouseRow:
    return msgspec.convert(
        {**as_json(make_check_row(outcome)), "id": "W.1", "table": "orders", **changes}, WarehouseRow
    )


def make_step_row(outcome: str = "passed", **changes: Any) -> StepRow:
    """A step row; `status=` is short for its response, None for a step without one."""
    status = changes.pop("status", 200)
    response = {"status": status, "media_type": "application/json", "bytes": 17, "latency_ms": 12.5}
    response.update(changes.pop("response", {}))
    checks = [as_json(check) for check in changes.pop("checks", [make_check_row(outcome)])]
    return msgspec.convert(
        {
            "name": "list",
            "operation": "listOrders",
            "request": {"method": "GET", "url": "http://127.0.0.1:8080/orders"},
            "response": None if status is None else response,
            "outcome": outcome,
            "artifact": "artifacts/1.1/1-list.json",
            "auth": "restToken",
            "success": outcome == "passed",
            "checks": checks,
            **changes,
        },
        StepRow,
    )


def make_exchange_row(step: StepRow, *, body: str | None = '{"data": []}', **response: Any) -> ExchangeRow:
    assert step.request is not None
    headers = [["Content-Type", "application/json"]]
    answer = {"status": step.response.status, "headers": headers, "body": body, **response} if step.response else None
    return msgspec.convert(
        {
            "request": {**as_json(step.request), "headers": [["Accept", "application/json"]]},
            "response": answer,
            "problem": "" if answer else "no answer within 30 s",
            "timings": {"first_byte_ms": 9.0, "total_ms": 12.5, "connect_ms": 2.25} if answer else None,
        },
        ExchangeRow,
    )


class LedgerBuilder:
    """Adds events as the engine would; `lines` is what a reader of the file gets."""

    def __init__(
        self,
        scenarios: Sequence[str | Mapping[str, Any]] = ("1.1",),
        *,
        operations: Sequence[Mapping[str, Any]] = OPERATIONS,
        warehouse_checks: int = 0,
        deselected: int = 0,
        **run: Any,
    ) -> None:
        self.lines: list[Line] = []
        started = {
            "type": "run_started",
            "run": {**_RUN, **run},
            "scenarios": [_make_entry(entry) for entry in scenarios],
            "deselected": deselected,
            "operations": [{"evidence": "documented", **row} for row in operations],
            "warehouse_checks": warehouse_checks,
        }
        self.add(msgspec.convert(started, events.RunStarted))

    def add(self, *added: Event) -> "LedgerBuilder":
        for event in added:
            number = len(self.lines) + 1
            at = (STARTED_AT + timedelta(milliseconds=10 * number)).isoformat(timespec="milliseconds")
            self.lines.append(Line(seq=number, at=at, event=event))
        return self

    def add_step(self, scenario: str, step: StepRow, *, sent: bool = True, **exchange: Any) -> "LedgerBuilder":
        recorded_steps = (line.event for line in self.lines if isinstance(line.event, events.StepFinished))
        number = 1 + sum(event.scenario == scenario for event in recorded_steps)
        if sent:
            self.add_request(scenario, step)
        recorded = make_exchange_row(step, **exchange) if sent else None
        return self.add(events.StepFinished(scenario=scenario, number=number, step=step, exchange=recorded))

    def add_request(self, scenario: str | None, step: StepRow, phase: Phase = Phase.SCENARIOS) -> "LedgerBuilder":
        assert step.request is not None
        return self.add(
            events.RequestSent(
                phase=phase,
                scenario=scenario,
                step=step.name,
                operation=step.operation,
                method=step.request.method,
                url=step.request.url,
                is_write=step.request.method != "GET",
            )
        )

    def add_scenario(
        self, scenario: str, *steps: StepRow, outcome: str | None = None, reason: str = ""
    ) -> "LedgerBuilder":
        """A whole scenario; its outcome is that of the last step unless said, errored without one."""
        self.add(events.ScenarioStarted(scenario=scenario))
        for step in steps:
            self.add_step(scenario, step, sent=step.request is not None)
        stated = Outcome(outcome or (steps[-1].outcome if steps else "errored"))
        return self.add(
            events.ScenarioFinished(scenario=scenario, outcome=stated, reason=reason, duration_ms=25.0 * len(steps))
        )

    def finish(self, *, is_interrupted: bool = False, is_strict: bool = False) -> list[Line]:
        self.add(events.RunFinished(is_interrupted=is_interrupted, is_strict=is_strict or msgspec.UNSET))
        return self.lines


_RUN: dict[str, Any] = {
    "id": "20251109T151441Z-sandbox-1a2b3c",
    "environment": "sandbox",
    "base_url": "http://127.0.0.1:8080",
    "simulated": True,
    "started_at": "2025-11-09T15:14:41.000+00:00",
    "seed": 7,
    "tool_version": "0.1.0",
    "git_commit": "a8a94ae3e20621738300cdd4ec78c03ef977a987",
    "spec_sha256": "ab" * 32,
    "command": "contracts run",
    "platform": "Linux, Python 3.11",
    "jobs": 4,
    "writes": "allow",
    "redaction": "full",
    "phases": ["scenarios", "warehouse"],
}


def _make_entry(entry: str | Mapping[str, Any]) -> dict[str, Any]:
    given = {"id": entry} if isinstance(entry, str) else dict(entry)
    return {
        "title": f"Scenario {given['id']}",
        "contract": "orders",
        "tags": ["rest"],
        "source": {"document": "requests.md", "section": given["id"]},
        "location": "contracts/orders.yaml:10",
        **given,
    }
