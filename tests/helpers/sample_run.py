"""One ledger with everything that a report can show, among it text that tries to act."""

from typing import Any

from contracts_runner.model.outcome import Outcome
from contracts_runner.results import events
from contracts_runner.results.rows import Finding, FindingStatus, Moment
from helpers.ledger_builder import LedgerBuilder, Line, make_check_row, make_step_row, make_warehouse_row

HOSTILE = '</script><script>window.acted=1</script><img src="http://127.0.0.1:9/x" onerror="window.acted=1">'

_BASE = "http://127.0.0.1:8080"
_COLUMNS: dict[str, Any] = {
    "table": "stg_orders",
    "check": "columns",
    "expected": {"city": "LowCardinality(String)"},
    "actual": {"city": "String"},
    "sql": "SELECT name, type FROM system.columns WHERE table = {table:String}",
    "location": "contracts/warehouse.yaml:7",
}


def build_sample_run(**run: Any) -> list[Line]:
    """Eight scenarios of two contracts, one for each outcome and a hostile one; one more never starts."""
    partners = {"contract": "partners", "tags": ["partners", "write"]}
    builder = LedgerBuilder(
        [
            "1.1",
            {"id": "3.3", "title": "Event by id"},
            {"id": "3.6", "title": "Seats of an event", "tags": ["rest", "seats"]},
            {"id": "3.10", "title": "Мероприятие, которого нет"},
            {"id": "6.1", "title": "Add one ticket", **partners},
            {"id": "6.2", "title": f"Hostile {HOSTILE}", **partners},
            {"id": "6.3", "title": "Remove a ticket", **partners},
            {"id": "6.8", "title": "Check seats", "contract": "partners", "tags": ["partners"]},
            {"id": "7.1", "title": "Never started", "contract": "partners"},
        ],
        warehouse_checks=3,
        deselected=2,
        **run,
    )
    builder.add(
        events.EnvironmentRecorded(
            findings=(
                Finding("python", "3.11.7", FindingStatus.OK),
                Finding("restToken", "sha256:1a2b3c4d", FindingStatus.OK, "from contracts.yaml"),
                Finding("clock", "", FindingStatus.PROBLEM, "is 90 s behind the service"),
            )
        ),
        _count(Moment.BEFORE, 10),
    )
    _add_rest(builder)
    _add_partners(builder)
    builder.add(
        events.WarehouseLoaded(outcome=Outcome.PASSED, message="", rows={"stg_orders": 40}, duration_ms=120.0),
        _count(Moment.AFTER, 50),
    )
    for identifier, outcome, message in (
        ("W.1", "passed", ""),
        ("W.2", "failed", "column city is String, not LowCardinality(String)"),
        ("W.3", "blocked", "the table does not exist"),
    ):
        row = make_warehouse_row(outcome, id=identifier, message=message, **_COLUMNS)
        builder.add(events.WarehouseCheckFinished(row=row))
    return builder.finish()


def _count(moment: Moment, orders: int) -> events.WarehouseSnapshot:
    tables = {"stg_orders": orders, "stg_clients": None}
    return events.WarehouseSnapshot(moment=moment, tables=tables, note="no such table")


def _add_rest(builder: LedgerBuilder) -> None:
    builder.add_scenario(
        "1.1", make_step_row(checks=[make_check_row(), make_check_row(check="media_type", expected="application/json")])
    )
    event = {"name": "get", "operation": "getEvent", "request": {"method": "GET", "url": f"{_BASE}/events/33"}}
    broken = make_check_row(
        "failed",
        check="body_schema",
        path="$.data.name",
        expected="string",
        actual=None,
        message="$.data.name is null, not a string",
        location="spec/tickets.yaml:120",
    )
    builder.add_scenario("3.3", make_step_row("failed", **event, checks=[make_check_row(), broken]))
    missing = {
        "operation": "GET /events/{id}/seats",
        "request": {"method": "GET", "url": f"{_BASE}/events/33/seats"},
        "response": {"media_type": "text/html"},
        "status": 404,
    }
    known = make_check_row("known", expected=200, actual=404, message="status 404 is not 200")
    reason = "Only the test-request document has this path; the vendor documents listShowSeats."
    builder.add_scenario("3.6", make_step_row("known", **missing, reason=reason, checks=[known]), reason=reason)
    gone = make_step_row("errored", **event, status=None, success=None, reason="no answer within 30 s", checks=[])
    builder.add_scenario("3.10", gone)


def _add_partners(builder: LedgerBuilder) -> None:
    add = {
        "name": "add",
        "operation": "addTicket",
        "request": {"method": "POST", "url": f"{_BASE}/tickets/add?seat=CENTER-20%3B5"},
        "auth": "partnerKey",
    }
    remove = {
        **add,
        "name": "remove",
        "operation": "removeTicket",
        "cleanup": True,
        "artifact": "artifacts/6.1/2-remove.json",
    }
    builder.add_scenario(
        "6.1", make_step_row(**add, response={"latency_ms": 485.0}), make_step_row(**remove), outcome="passed"
    )
    hostile = make_check_row("fixed", check=HOSTILE, message=HOSTILE, expected=HOSTILE, actual=HOSTILE, path=HOSTILE)
    builder.add(events.ScenarioStarted(scenario="6.2"))
    builder.add_step(
        "6.2",
        make_step_row("fixed", **add, reason=HOSTILE, checks=[hostile], error_code=HOSTILE),
        body='{"status": "success", "result": {"id": 1, "name": "' + HOSTILE.replace('"', '\\"') + '\\u202e\\u0418"}}',
        headers=[["X-Note", HOSTILE]],
    )
    builder.add(events.ScenarioFinished(scenario="6.2", outcome=Outcome.FIXED, reason=HOSTILE, duration_ms=31.0))
    unsent = {**add, "request": None, "artifact": None, "status": None, "checks": [], "success": None}
    blocked = make_step_row("blocked", **unsent, reason="writes: block keeps addTicket back")
    builder.add_scenario("6.3", blocked)
    skipped = make_step_row("skipped", **unsent, reason="the credential partnerKey is not set")
    builder.add_scenario("6.8", skipped, reason="the credential partnerKey is not set")
