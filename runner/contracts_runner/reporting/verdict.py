"""The result of a run in a few words, by counting only."""

from contracts_runner.model.nouns import count_noun
from contracts_runner.model.outcome import WORST_FIRST, Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.results.results import Counts, Results

SANDBOX_LINE = "sandbox run: says nothing about production"


def render_verdict(results: Results) -> str:
    """Return such as "2 failed, 1 errored of 24 scenarios; 12 of 12 warehouse checks passed", or, where nothing broke,
    "20 passed, 4 known of 24 scenarios"."""
    return "; ".join(build_verdict(results))


def build_verdict(results: Results) -> list[str]:
    """Return the verdict's clauses: one for each phase with a row, then what is missing from a whole run."""
    totals = results.totals
    parts = [_render_phase(totals[phase], phase.noun) for phase in Phase if totals[phase].total]
    if not totals.scenarios.total:
        parts.insert(0, "no scenario has a result")
    load = results.warehouse.load
    if load and load.outcome is not Outcome.PASSED:
        parts.append(f"the warehouse load is {load.outcome}")
    parts += [f"{fault.where} is {Outcome.ERRORED}" for fault in results.faults or ()]
    if results.not_started:
        parts.append(f"{len(results.not_started)} of {count_noun(results.selected, 'selected scenario')} never started")
    if not results.run.complete:
        parts.append("interrupted" if results.run.interrupted else "the run did not finish")
    return parts


def find_tone(results: Results) -> Outcome:
    """Return the outcome that colours the verdict: the worst one of any row; `errored` at least for a run that is
    incomplete, contradicts itself, broke, could not load the warehouse, or has no row."""
    found = [outcome for outcome in WORST_FIRST if any(results.totals[phase][outcome] for phase in Phase)]
    worst = found[0] if found else Outcome.ERRORED
    if worst is Outcome.FAILED:
        return worst
    load = results.warehouse.load
    is_loaded = load is None or load.outcome is Outcome.PASSED
    is_whole = results.run.complete and not (results.not_started or results.discrepancies or results.faults)
    return worst if is_loaded and is_whole else Outcome.ERRORED


def group_never_accepted(results: Results) -> dict[str, list[str]]:
    """Return what came instead -> the operations that accepted no generated request."""
    grouped: dict[str, list[str]] = {}
    for row in results.never_accepted or ():
        grouped.setdefault(row.because, []).append(row.operation)
    return grouped


def _render_phase(counts: Counts, noun: str) -> str:
    total = count_noun(counts.total, noun)
    if counts[Outcome.PASSED] == counts.total:
        return f"{counts.total} of {total} passed"
    # Where something broke, what passed is left out.
    is_broken = any(counts[outcome] for outcome in Outcome if outcome.traits.is_broken)
    named = [outcome for outcome in WORST_FIRST if outcome is not Outcome.PASSED]
    shown = [outcome for outcome in (named if is_broken else (Outcome.PASSED, *named)) if counts[outcome]]
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in shown) + f" of {total}"
