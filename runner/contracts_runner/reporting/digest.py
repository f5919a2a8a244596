"""One line about a scenario: the step that decided its outcome, and the check that decided the step."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """A row of the test matrix. `status`, `latency_ms` are None without a response, `answer` says it in words;
    `expected`, `actual` belong to the deciding check; `note` is the reason and that check's message; `provenance` is
    every operation of the scenario with the grade of its evidence."""

    document: str
    section: str
    place: str  # "step 2 of 3", "" for the only step
    operation: str
    method: str
    path: str
    status: int | None
    answer: str
    latency_ms: float | None
    expected: Json
    actual: Json
    evidence: str
    provenance: str  # "listOrders: documented; getOrder: observed"
    artifact: str
    note: str


def build_digest(scenario: Mapping[str, Json], endpoints: Mapping[str, Mapping[str, Json]]) -> Digest:
    """Return the digest of a row of `scenarios`; `endpoints` are the rows of that name by operation."""
    step = find_deciding_step(scenario) or {}
    check = find_deciding_check(step) or {}
    request = step.get("request") or {}
    response = step.get("response") or {}
    endpoint = endpoints.get(step.get("operation", ""), {})
    return Digest(
        document=(scenario["source"] or {}).get("document", ""),
        section=find_section(scenario),
        place=find_place(scenario, step),
        operation=step.get("operation", ""),
        method=request.get("method") or endpoint.get("method") or "",
        path=find_path(request["url"]) if request else endpoint.get("path") or "",
        status=response.get("status"),
        answer=render_answer(step),
        latency_ms=response.get("latency_ms"),
        expected=check.get("expected"),
        actual=check.get("actual"),
        evidence=endpoint.get("evidence") or "",
        provenance=render_provenance(scenario, endpoints),
        artifact=step.get("artifact") or "",
        note=render_note(scenario, step, check),
    )


def find_deciding_step(scenario: Mapping[str, Json]) -> Mapping[str, Json] | None:
    """Return the first step with the scenario's outcome; the last step proper of one that passed; for an outcome that
    no step has (a failed cleanup, an unfinished scenario) the first step that is not passed, else the last one."""
    steps: list[Mapping[str, Json]] = scenario["steps"]
    proper = [step for step in steps if not step["cleanup"]] or steps
    if not steps or scenario["outcome"] == Outcome.PASSED:
        return proper[-1] if proper else None
    same = [step for step in proper if step["outcome"] == scenario["outcome"]]
    other = [step for step in steps if step["outcome"] != Outcome.PASSED]
    return next(iter(same or other or proper[-1:]))


def find_deciding_check(step: Mapping[str, Json]) -> Mapping[str, Json] | None:
    """Return the first check with the step's outcome, else the first that is not passed, else the first that states
    what it expected."""
    checks = step.get("checks") or ()
    same = [check for check in checks if check["outcome"] == step["outcome"] != Outcome.PASSED]
    other = [check for check in checks if check["outcome"] != Outcome.PASSED]
    stating = [check for check in checks if check["expected"] is not None]
    return next(iter(same or other or stating), None)


def find_section(scenario: Mapping[str, Json]) -> str:
    """Return the section of the source document that a scenario comes from, "" if it names none."""
    source: Mapping[str, str] = scenario["source"] or {}
    return source.get("section", "")


def render_provenance(scenario: Mapping[str, Json], endpoints: Mapping[str, Mapping[str, Json]]) -> str:
    """Return the operations of a scenario, but for its cleanup, each with its grade: what the result rests on."""
    names = dict.fromkeys(step["operation"] for step in scenario["steps"] if not step["cleanup"])
    grades = {name: endpoints.get(name, {}).get("evidence") or "not in the spec" for name in names}
    return "; ".join(f"{name}: {grade}" for name, grade in grades.items())


def find_place(scenario: Mapping[str, Json], step: Mapping[str, Json]) -> str:
    """Return which of the scenario's steps a row is about, "" if there is no choice."""
    count = len(scenario["steps"])
    return f"step {step['number']} of {count}" if count > 1 else ""


def render_note(scenario: Mapping[str, Json], step: Mapping[str, Json], check: Mapping[str, Json]) -> str:
    """Return why the outcome is what it is: the scenario's reason, the step's, the check's message; "" if passed."""
    if scenario["outcome"] == Outcome.PASSED:
        return ""
    note = ""
    for reason in (scenario["reason"], step.get("reason") or "", check.get("message") or ""):
        # The engine hands reasons upwards: most often all three are the same sentence.
        if reason not in note:
            note = f"{note}; {reason}" if note else reason
    return note


def render_answer(step: Mapping[str, Json]) -> str:
    """Return the status code, "no response", or "not sent" for a step that was kept back."""
    if step.get("response"):
        return str(step["response"]["status"])
    is_sent = step.get("request") and step["outcome"] not in (Outcome.BLOCKED, Outcome.SKIPPED)
    return "no response" if is_sent else "not sent"


def find_path(url: str) -> str:
    """Return path and query of a URL; the text as it is where it is no URL."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.path}?{parts.query}" if parts.query else parts.path or "/"
