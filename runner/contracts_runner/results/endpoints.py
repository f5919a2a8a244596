"""What the traffic says about each operation of the specs: is it there, and does it let us in?

States, from the recorded exchanges of scenario steps, the pages that the warehouse phase asked for, and the exchanges
that the property phase kept as samples:

never_probed   no request of the operation left
reachable      any answer but those below, or a JSON 404 with an error code: the route is there, the thing is not
missing        405, 501, or any other 404
denied         401, 403, or no success together with an error code that speaks of authorization
error          another 5xx, no complete response, or a request whose end was not recorded

Of several exchanges the best state counts, in the order reachable, missing, denied, error. What was sent without a
credential or with an invalid one on purpose decides only when nothing else was sent.
"""

import re
from collections.abc import Iterable, Mapping

from contracts_runner.model.json import Json
from contracts_runner.results.record import RunRecord

BEST_FIRST = ("reachable", "missing", "denied", "error")

_UNAUTHORIZED_ON_PURPOSE = frozenset({"none", "invalid"})
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
# Whole words of a code such as WRONG_AUTHORIZATION, accessDenied or permission-denied; "author" is not one of them.
_DENIAL = re.compile(r"(un)?auth(ori[sz]|entic)\w*|auth|forbidden|denied|permissions?|credentials?", re.IGNORECASE)


def build_endpoints(record: RunRecord, scenarios: Iterable[Mapping[str, Json]]) -> list[dict[str, Json]]:
    """Return a row for each operation of the specs in their order, then for those that only contracts name."""
    steps = _group_steps(record, scenarios)
    described = {row["operation"]: row for row in record.started["operations"]}
    named = {**dict.fromkeys(described), **dict.fromkeys(steps), **dict.fromkeys(record.requests)}
    return [_build_row(record, name, described.get(name, {}), steps.get(name, [])) for name in named]


def classify_step(step: Mapping[str, Json]) -> str:
    """Return the state that one sent step speaks for."""
    response = step["response"]
    if response is None:
        return "error"
    status = response["status"]
    denies = step["success"] is False and is_denial(step["error_code"])
    if status in (401, 403) or denies:
        return "denied"
    if status == 404:
        return "reachable" if step["error_code"] is not None and is_json(response["media_type"]) else "missing"
    if status in (405, 501):
        return "missing"
    return "error" if status >= 500 else "reachable"


def is_denial(code: str | None) -> bool:
    """Tell whether an error code speaks of authorization."""
    return any(_DENIAL.fullmatch(word) for word in _WORDS.findall(code or ""))


def is_json(media_type: str | None) -> bool:
    """Tell whether a media type is JSON by name (RFC 6839 §3.1)."""
    return media_type is not None and (media_type == "application/json" or media_type.endswith("+json"))


def _group_steps(record: RunRecord, scenarios: Iterable[Mapping[str, Json]]) -> dict[str, list[Mapping[str, Json]]]:
    steps: dict[str, list[Mapping[str, Json]]] = {}
    for scenario in scenarios:
        for step in scenario["steps"]:
            if step["response"] or (scenario["id"], step["name"]) in record.sent_steps:
                steps.setdefault(step["operation"], []).append(step)
    for page in record.pages.values():
        steps.setdefault(page["operation"], []).append(page)
    for line in record.property_exchanges.values():
        exchange = line["exchange"]
        if exchange["response"] and "success" in exchange:
            kept = {key: exchange[key] for key in ("response", "success", "error_code")}
            steps.setdefault(line["operation"], []).append({**kept, "auth": None})
    return steps


def _build_row(
    record: RunRecord, operation: str, described: Mapping[str, Json], steps: list[Mapping[str, Json]]
) -> dict[str, Json]:
    method, _, path = operation.partition(" ")
    return {
        "operation": operation,
        "spec": described.get("spec"),
        "method": described.get("method", method if path else None),
        "path": described.get("path", path or None),
        "evidence": described.get("evidence"),
        "state": _find_state(operation, steps, record),
        "statuses": sorted({step["response"]["status"] for step in steps if step["response"]}),
        "instead": described.get("instead"),
    }


def _find_state(operation: str, steps: list[Mapping[str, Json]], record: RunRecord) -> str:
    if not steps:
        return "error" if record.requests[operation] else "never_probed"
    deciding = [step for step in steps if step["auth"] not in _UNAUTHORIZED_ON_PURPOSE] or steps
    return min(map(classify_step, deciding), key=BEST_FIRST.index)
