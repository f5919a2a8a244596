"""The verdict of a run, decided in one place: its exit code, its first words, its colour, and what is known of the run
as a whole besides the rows of its phases."""

import re
from collections import Counter
from collections.abc import Iterator

from contracts_runner.dataclass import dataclass
from contracts_runner.late_pattern import compile_late
from contracts_runner.model.outcome import WORST_FIRST, Outcome, find_worst
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.phrases import ENGLISH, Phrases
from contracts_runner.results.load_rows import LoadResults
from contracts_runner.results.results import Baseline, Counts, Results, RunRow
from contracts_runner.results.rows import RUN_BROKE

SANDBOX_LINE = "sandbox run: says nothing about production"
OBSERVED_LINE = "recorded traffic: nothing was sent"
INTERRUPTED = 130
# What explain_never_accepted says: the answers, and of one of them how a status of success was none.
_CAME = compile_late(r"only (.+) came", re.DOTALL)
_SUCCESS_BY_STATUS = compile_late(r"\b(2[0-9]{2}) (with error code|that is not a success)\b")


@dataclass(frozen=True, slots=True)
class RunCheck:
    """What is known of the run as a whole: a `clause` of the verdict for each thing that is wrong, none for a pass."""

    name: str
    outcome: Outcome
    clauses: tuple[str, ...] = ()


def check_run(results: Results, phrases: Phrases = ENGLISH) -> list[RunCheck]:
    """Return the checks of the run as a whole: completeness always, others where there is something to judge."""
    checks = [_check_completeness(results, phrases)]
    load = results.warehouse.load
    if load and load.outcome is Outcome.PASSED:
        checks.append(RunCheck("load", load.outcome))
    elif load:
        told = phrases("the warehouse load is %(outcome)s", outcome=phrases(load.outcome))
        checks.append(RunCheck("load", load.outcome, (told,)))
    if results.faults:
        broken = tuple(phrases("%(part)s is errored", part=fault.where) for fault in results.faults)
        checks.append(RunCheck("faults", Outcome.ERRORED, broken))
    if results.load:
        checks.append(_check_thresholds(results.load))
    checks.append(_check_leaks(results, phrases))
    if results.run.strict:
        checks.append(_check_strictly(results, phrases))
    if results.baseline:
        checks.append(_check_baseline(results.baseline, phrases))
    return checks


def find_tone(results: Results) -> Outcome:
    """Return the worst outcome of all that decide the exit code: of any row, but for what is broken as in the baseline,
    and of the run as a whole. A leak is worse than any."""
    if results.leaks:
        return Outcome.ERRORED
    aside = Counter(row.outcome for row in results.baseline.rows) if results.baseline else Counter[Outcome]()
    counts = {outcome: sum(results.totals[phase][outcome] for phase in Phase) for outcome in Outcome}
    rows = [outcome for outcome in Outcome if counts[outcome] > aside[outcome]]
    whole = [check.outcome for check in check_run(results) if check.outcome is not Outcome.PASSED]
    return find_worst([*rows, *whole] or [Outcome.PASSED])


def render_nature(run: RunRow, phrases: Phrases = ENGLISH) -> str:
    """Return what a run is that has not asked a real service, "" for one that has."""
    lines = {SANDBOX_LINE: run.simulated, OBSERVED_LINE: bool(run.observed)}
    return "; ".join(phrases(line) for line, is_so in lines.items() if is_so)


def render_traffic(run: RunRow, phrases: Phrases = ENGLISH) -> list[str]:
    """Return a line for each file of recorded traffic: how much of it was judged, and why the rest was not."""
    lines = []
    for file in run.observed or ():
        told = {"file": file.file, "judged": file.judged, "entries": file.entries}
        left_out = "; ".join(f"{phrases(why)}: {count}" for why, count in file.left_out.items())
        line = phrases("%(file)s: %(judged)s of %(entries)s entries judged", **told)
        lines.append(line + (f" ({phrases('left out')}: {left_out})" if left_out else ""))
    return lines


def find_exit_code(results: Results) -> int:
    """Return the exit code of the run: 3 if anything leaked, whatever else happened; 130 if it was interrupted, 1 if
    anything failed (with --strict: or is fixed, or warns), 3 if anything errored or the run is not whole, else 0."""
    if _is_interrupted(results) and not results.leaks:
        return INTERRUPTED
    tone = find_tone(results)
    return {Outcome.FAILED: 1, Outcome.ERRORED: 3}.get(tone, 0)


def render_headline(results: Results, phrases: Phrases = ENGLISH) -> str:
    """Return the first words: the verdict over all phases. That no scenario has sent anything comes before all else."""
    word = phrases(_choose_word(results))
    if not _is_nothing_sent(results):
        return word
    nothing = phrases("no scenario sent a request")
    return f"{nothing}, {word}" if find_exit_code(results) else nothing


def render_verdict(results: Results, phrases: Phrases = ENGLISH) -> str:
    """Return such as "failed: 2 failed, 1 errored of 24 scenarios; 12 of 12 warehouse checks passed"."""
    return f"{render_headline(results, phrases)}: {'; '.join(build_verdict(results, phrases))}"


def build_verdict(results: Results, phrases: Phrases = ENGLISH) -> list[str]:
    """Return the verdict's clauses: one for each phase with a row, the worst first, of how many causes what broke is,
    then what is wrong with the run as a whole."""
    totals = results.totals
    parts = [_render_phase(totals[phase], phase.noun, phrases) for phase in list_phases(results)]
    if results.load:
        parts.append(_render_load(results.load, phrases))
    elif not totals.scenarios.total:
        parts.insert(0, phrases("no scenario has a result"))
    parts += _count_causes(results, phrases)
    return [*parts, *(clause for check in check_run(results, phrases) for clause in check.clauses)]


def list_phases(results: Results) -> list[Phase]:
    """Return the phases that have a row, the one with the worst outcome first."""
    totals = results.totals

    def rank(phase: Phase) -> int:
        return next((at for at, outcome in enumerate(WORST_FIRST) if totals[phase][outcome]), len(WORST_FIRST))

    return sorted((phase for phase in Phase if totals[phase].total), key=rank)


def _count_causes(results: Results, phrases: Phrases) -> Iterator[str]:
    """Yield how many causes there are, where that is not plain: of one row there is one."""
    if len({row for cause in results.causes if cause.phase for row in cause.ids}) > 1:
        yield phrases.count(len(results.causes), "cause")


def _check_completeness(results: Results, phrases: Phrases) -> RunCheck:
    clauses = tuple(_list_missing(results, phrases))
    has_row = bool(results.load) or any(results.totals[phase].total for phase in Phase)
    return RunCheck("completeness", Outcome.ERRORED if clauses or not has_row else Outcome.PASSED, clauses)


def _list_missing(results: Results, phrases: Phrases) -> Iterator[str]:
    if results.not_started:
        selected = phrases.count_of(results.selected, "selected scenario")
        yield phrases("%(number)s of %(selected)s never started", number=len(results.not_started), selected=selected)
    if not results.run.complete:
        yield phrases("the run was interrupted") if results.run.interrupted else phrases("the run did not finish")
    if results.discrepancies:
        yield phrases("the ledger contradicts itself")


def _check_leaks(results: Results, phrases: Phrases) -> RunCheck:
    if not results.leaks:
        return RunCheck("leaks", Outcome.PASSED)
    told = phrases("%(leaks)s in what the run wrote", leaks=phrases.count(len(results.leaks), "leak"))
    return RunCheck("leaks", Outcome.ERRORED, (told,))


def _check_thresholds(load: LoadResults) -> RunCheck:
    broken = [each for each in load.checks if each.outcome is not Outcome.PASSED]
    clauses = tuple(f"{each.scope}: {each.message}" for each in broken)
    return RunCheck("thresholds", find_worst([each.outcome for each in load.checks] or [Outcome.PASSED]), clauses)


def _check_strictly(results: Results, phrases: Phrases) -> RunCheck:
    fixed = sum(results.totals[phase].fixed for phase in Phase)
    warnings = results.totals.warehouse.warnings or 0
    told = {phrases("fixed counts as failed (--strict)"): fixed, phrases("warnings fail (--strict)"): warnings}
    clauses = tuple(f"{clause}: {count}" for clause, count in told.items() if count)
    return RunCheck("strict", Outcome.FAILED if clauses else Outcome.PASSED, clauses)


def _check_baseline(baseline: Baseline, phrases: Phrases) -> RunCheck:
    """What was broken before is no pass, and decides nothing."""
    counts = Counter(row.outcome for row in baseline.rows)
    parts = ", ".join(f"{counts[outcome]} {phrases(outcome)}" for outcome in WORST_FIRST if counts[outcome])
    if not parts:
        return RunCheck("baseline", Outcome.PASSED)
    told = phrases("broken as in the baseline %(run)s: %(parts)s", run=baseline.run, parts=parts)
    return RunCheck("baseline", Outcome.KNOWN, (told,))


def _is_interrupted(results: Results) -> bool:
    """A run that broke is closed as an interrupted one, so that it can be resumed."""
    return results.run.interrupted and all(fault.where != RUN_BROKE for fault in results.faults or ())


def _is_nothing_sent(results: Results) -> bool:
    scenarios = results.scenarios
    is_held_back = all(scenario.outcome.traits.is_held_back for scenario in scenarios)
    return bool(scenarios) and is_held_back and not any(step.artifact for row in scenarios for step in row.steps)


def _choose_word(results: Results) -> str:
    match find_exit_code(results):
        case 0 if results.baseline and results.baseline.rows:
            return "nothing is newly broken"
        case 0 if find_tone(results) is Outcome.PASSED and not _is_apart(results):
            return Outcome.PASSED
        case 0:
            return "nothing failed"
        case 1:
            return Outcome.FAILED
        case 3:
            return Outcome.ERRORED
        case _:
            return "interrupted"


def _is_apart(results: Results) -> bool:
    """Tell whether there is what decides nothing, and is no pass."""
    return bool(results.totals.warehouse.warnings or results.totals.scenarios.quarantined)


def group_never_accepted(results: Results, phrases: Phrases) -> dict[str, list[str]]:
    """Return what came instead -> the operations that accepted no generated request."""
    grouped: dict[str, list[str]] = {}
    for row in results.never_accepted or ():
        grouped.setdefault(_render_came(row.because, phrases), []).append(row.operation)
    return grouped


def _render_came(because: str, phrases: Phrases) -> str:
    """Return what explain_never_accepted says in the language of the report."""
    found = _CAME.fullmatch(because)
    if found is None:
        return because
    words = {
        "with error code": phrases("with error code"),
        "that is not a success": phrases("that is not a success"),
    }
    answers = _SUCCESS_BY_STATUS.sub(lambda match: f"{match[1]} {words[match[2]]}", found[1])
    return phrases("only %(answers)s came", answers=answers)


def _render_load(load: LoadResults, phrases: Phrases) -> str:
    ended = Counter[Outcome]()
    for row in load.iterations:
        ended[row.outcome] += row.count
    counts = Counts(**{outcome.value: ended[outcome] for outcome in Outcome}, total=ended.total())
    return phrases(
        "%(iterations)s; %(requests)s in %(seconds)s s",
        iterations=_render_phase(counts, "iteration", phrases),
        requests=phrases.count(sum(row.count for row in load.operations), "request"),
        seconds=f"{load.measured_seconds:.1f}",
    )


def _render_phase(counts: Counts, noun: str, phrases: Phrases) -> str:
    total = phrases.count_of(counts.total, noun)
    if counts[Outcome.PASSED] == counts.total:
        return phrases("%(number)s of %(total)s passed", number=counts.total, total=total)
    # Where something broke, what passed is left out.
    is_broken = any(counts[outcome] for outcome in Outcome if outcome.traits.is_broken)
    named = [outcome for outcome in WORST_FIRST if outcome is not Outcome.PASSED]
    shown = [outcome for outcome in (named if is_broken else (Outcome.PASSED, *named)) if counts[outcome]]
    warnings = [phrases.count(counts.warnings, "warning")] if counts.warnings else []
    quarantined = [f"{counts.quarantined} {phrases('quarantined')}"] if counts.quarantined else []
    parts = ", ".join([*(f"{counts[outcome]} {phrases(outcome)}" for outcome in shown), *warnings, *quarantined])
    return phrases("%(parts)s of %(total)s", parts=parts, total=total)
