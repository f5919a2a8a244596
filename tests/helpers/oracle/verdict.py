"""The verdict of a report is prose; this reads the figures out of it and compares them."""

import re
from collections.abc import Iterator, Mapping

from contracts_runner.audit.line_forms import RANKS
from contracts_runner.audit.recount import Recount
from contracts_runner.audit.run_audit import judge
from contracts_runner.audit.violation import Violation
from contracts_runner.model.json import Json
from contracts_runner.model.phase import Phase

_WORDS: Mapping[str, str] = {
    "scenarios": "scenarios",
    "scenario": "scenarios",
    "properties": "properties",
    "property": "properties",
    "warehouse checks": "warehouse",
    "warehouse check": "warehouse",
}
_CLAUSE = re.compile(rf"(?P<counts>.+) of (?P<total>\d{{1,12}}) (?P<words>{'|'.join(_WORDS)})(?P<passed> passed)?")
_COUNT = re.compile(rf"(\d+) ({'|'.join(RANKS)})")


def check_headline(headline: str, recount: Recount, *, file: str, line: int) -> Iterator[Violation]:
    """Yield the first words of a report, where they are not the verdict over all phases."""
    expected = _expect_headline(recount)
    if headline != expected:
        yield Violation(figure="verdict", printed=headline, recomputed=expected, file=file, line=line)


def check_text(text: str, recount: Recount, *, file: str, line: int) -> Iterator[Violation]:
    """Check a verdict in one line: its first words, and after a colon its clauses."""
    headline, _, clauses = text.partition(": ")
    yield from check_headline(headline, recount, file=file, line=line)
    yield from check_verdict(clauses.split("; "), recount, file=file, line=line)


def check_verdict(clauses: list[str], recount: Recount, *, file: str, line: int) -> Iterator[Violation]:
    """Yield what the clauses of a verdict say that the recount does not, and what they leave out."""
    expected = set(_expect_clauses(recount))
    phases_seen = set()
    for clause in clauses:
        match = _CLAUSE.fullmatch(clause)
        if match:
            phase = _WORDS[match["words"]]
            phases_seen.add(phase)
            for figure, printed, recomputed in _compare_counts(match, recount.results["totals"][phase]):
                yield Violation(
                    figure=f"verdict: {phase} {figure}", printed=printed, recomputed=recomputed, file=file, line=line
                )
        elif clause not in expected:
            yield Violation(figure="verdict", printed=clause, recomputed=None, file=file, line=line)
    for clause in sorted(expected - set(clauses)):
        yield Violation(figure="verdict", printed=None, recomputed=clause, file=file, line=line)
    for phase in Phase:
        total = recount.results["totals"][phase]["total"]
        if total and phase not in phases_seen:
            yield Violation(figure=f"verdict: {phase} total", printed=None, recomputed=total, file=file, line=line)


def _compare_counts(match: re.Match[str], counts: Mapping[str, int]) -> Iterator[tuple[str, Json, int]]:
    if int(match["total"]) != counts["total"]:
        yield "total", int(match["total"]), counts["total"]
    if match["passed"]:
        said = {"passed": match["counts"]}
    else:
        said = {word: number for number, word in _COUNT.findall(match["counts"])}
    for outcome in RANKS:
        printed = said.get(outcome)
        # What passed may be left out, beside what broke.
        is_news = outcome != "passed" or ("failed" not in said and "errored" not in said)
        if printed is not None and printed != str(counts[outcome]):
            yield outcome, printed, counts[outcome]
        elif printed is None and counts[outcome] and is_news:
            yield outcome, None, counts[outcome]


def _expect_clauses(recount: Recount) -> Iterator[str]:
    results = recount.results
    if not results["totals"]["scenarios"]["total"]:
        yield "no scenario has a result"
    causes = results["causes"]
    if len({row for cause in causes if cause["phase"] for row in cause["ids"]}) > 1:
        yield f"{len(causes)} cause{'s' if len(causes) > 1 else ''}"
    load = results["warehouse"]["load"]
    if load and load["outcome"] != "passed":
        yield f"the warehouse load is {load['outcome']}"
    if results["not_started"]:
        total = f"{results['selected']} selected {name_selected(results)}"
        yield f"{len(results['not_started'])} of {total} never started"
    if not results["run"]["complete"]:
        yield "the run was interrupted" if results["run"]["interrupted"] else "the run did not finish"
    closed = {name: record.closed for name, record in recount.tally.opened.items()}
    stated = {name: line.row["outcome"] for name, line in closed.items() if line}
    if any(row["outcome"] != stated.get(row["id"], row["outcome"]) for row in results["scenarios"]):
        yield "the ledger contradicts itself"
    for fault in results.get("faults", ()):
        yield f"{fault['where']} is errored"
    if results.get("leaks"):
        yield f"{len(results['leaks'])} leak{'s' if len(results['leaks']) > 1 else ''} in what the run wrote"
    fixed = sum(results["totals"][phase]["fixed"] for phase in Phase)
    if results["run"].get("strict") and fixed:
        yield f"fixed counts as failed (--strict): {fixed}"


def _expect_headline(recount: Recount) -> str:
    results, totals = recount.results, recount.results["totals"]
    outcomes = {outcome for phase in Phase for outcome in RANKS if totals[phase][outcome]}
    load = results["warehouse"]["load"]
    is_clean = outcomes == {"passed"} and (not load or load["outcome"] == "passed")
    words = {0: "passed" if is_clean else "nothing failed", 1: "failed", 3: "errored", 130: "interrupted"}
    code = judge(recount)
    is_held_back = all(row["outcome"] in ("blocked", "skipped") for row in results["scenarios"])
    is_proven = any(step["artifact"] for row in results["scenarios"] for step in row["steps"])
    if not results["scenarios"] or not is_held_back or is_proven:
        return words[code]
    return "no scenario sent a request" + (f", {words[code]}" if code else "")


def name_selected(results: Mapping[str, Json]) -> str:
    """Return the noun for the number of selected scenarios."""
    return "scenario" if results["selected"] == 1 else "scenarios"
