"""What the reports say of a scenario in one line, worked out anew from its steps."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from contracts_runner.audit.recount import Recount
from contracts_runner.audit.tally import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFacts:
    """`answer` is a status, "no response" or "not sent"; `note` is what explains an outcome."""

    id: str
    title: str
    contract: str
    outcome: str
    operation: str
    request: str
    status: int | None
    answer: str
    latency_ms: float | None
    artifact: str
    note: str


def build_facts(recount: Recount) -> dict[str, RowFacts]:
    """Return the facts of each scenario that began, by its id."""
    return {row["id"]: _build(row, recount) for row in recount.results["scenarios"]}


def _build(scenario: Row, recount: Recount) -> RowFacts:
    step = _find_deciding(scenario) or {}
    response, request = step.get("response") or {}, step.get("request") or {}
    return RowFacts(
        id=scenario["id"],
        title=scenario["title"],
        contract=scenario["contract"],
        outcome=scenario["outcome"],
        operation=step.get("operation") or "",
        request=f"{request['method']} {_find_path(request['url'])}" if request else "",
        status=response.get("status"),
        answer=_describe_answer(step),
        latency_ms=response.get("latency_ms"),
        artifact=step.get("artifact") or "",
        note=_explain(scenario, step, recount),
    )


def _find_deciding(scenario: Row) -> Row | None:
    """Return the first step with the scenario's outcome; the last one proper if it passed; else the first that did
    not pass."""
    steps: list[Row] = scenario["steps"]
    if not steps:
        return None
    proper = [step for step in steps if not step["cleanup"] and not step.get("left_out")] or steps
    if scenario["outcome"] == "passed":
        return proper[-1]
    same = [step for step in proper if step["outcome"] == scenario["outcome"]]
    other = [step for step in steps if step["outcome"] != "passed"]
    return (same or other or proper[-1:])[0]


def _describe_answer(step: Row) -> str:
    if step.get("response"):
        return str(step["response"]["status"])
    is_sent = step.get("request") and step["outcome"] not in ("blocked", "skipped")
    return "no response" if is_sent else "not sent"


def _explain(scenario: Row, step: Row, recount: Recount) -> str:
    """Return why the outcome is what it is, and who needs the scenario."""
    users = list(scenario.get("needed_by") or ())
    more = f" and {len(users) - 5} more" if len(users) > 5 else ""
    needed = f"needed by {', '.join(users[:5])}{more}" if users else ""
    return "; ".join(filter(None, (_explain_outcome(scenario, step, recount), needed)))


def _explain_outcome(scenario: Row, step: Row, recount: Recount) -> str:
    """Return the reason of the ledger for the scenario, that for the step, and the deciding check's message; of
    one that passed only the first, which says what was not looked at."""
    record = recount.tally.scenarios[scenario["id"]]
    if scenario["outcome"] == "passed":
        return record.closed.row["reason"] if record.closed else ""
    line = record.steps.get(step.get("number", 0))
    reasons = [
        record.closed.row["reason"] if record.closed else "the run ended before this scenario finished",
        line.row["step"].get("reason") or "" if line else "",
        _find_message(step),
    ]
    notable = ("failed", "errored", "known", "fixed")
    taken = [step for step in scenario["steps"] if not step.get("left_out") or step["outcome"] != "skipped"]
    counted = [step for step in taken if not step["cleanup"] or step["outcome"] in notable]
    if record.closed and not counted and scenario["outcome"] != record.closed.row["outcome"]:
        reasons[0] = "no step of it was recorded"
    note = ""
    for reason in reasons:
        if reason not in note:
            note = f"{note}; {reason}" if note else reason
    return note


def _find_message(step: Row) -> str:
    checks = step.get("checks") or []
    same = [check for check in checks if check["outcome"] == step["outcome"] != "passed"]
    other = [check for check in checks if check["outcome"] != "passed"]
    stating = [check for check in checks if check["expected"] is not None]
    deciding = (same or other or stating)[:1]
    return deciding[0].get("message") or "" if deciding else ""


def _find_path(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.path}?{parts.query}" if parts.query else parts.path or "/"
