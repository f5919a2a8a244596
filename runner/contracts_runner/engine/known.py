"""Deviations that the team has accepted: a failure is `known` only if it is the one that was described, and nothing
else failed."""

import dataclasses
import re
from collections.abc import Sequence
from datetime import date

from contracts_runner.engine.other_answer import CONTENT
from contracts_runner.engine.steps import StepResult, explain_step
from contracts_runner.engine.success import Answer
from contracts_runner.model.checks import CheckName, CheckResult
from contracts_runner.model.contract import KnownDeviation, KnownProperty, ObservedDeviation
from contracts_runner.model.http import has_media_type
from contracts_runner.model.outcome import Outcome, judge_checks
from contracts_runner.model.warehouse_beside import KnownFailure

# That another answer came than the one that was expected.
_OTHER_ANSWER = (CheckName.STATUS, CheckName.SUCCESS, CheckName.ERROR, CheckName.MEDIA_TYPE)


def find_current(known: Sequence[KnownDeviation], *, environment: str, today: date) -> list[KnownDeviation]:
    """Return the entries that hold for the environment and have not expired."""
    return [entry for entry in known if environment in entry.environments and today <= entry.until]


def judge_known(result: StepResult, known: Sequence[KnownDeviation], *, environment: str, today: date) -> StepResult:
    """Return a failed result as known where current entries describe all that failed, their messages kept; else with
    known rows beside the failed ones and, where it takes an expired entry, with that in its reason."""
    if result.outcome is not Outcome.FAILED:
        return result
    failed = [check for check in result.checks if check.outcome is Outcome.FAILED]
    matching = [entry for entry in known if environment in entry.environments and is_seen(entry, result)]
    current = [entry for entry in matching if today <= entry.until]
    checks = [
        dataclasses.replace(row, outcome=Outcome.KNOWN) if row in failed and _is_covered(row, current, result) else row
        for row in result.checks
    ]
    outcome = judge_checks(check.outcome for check in checks)
    if outcome is not Outcome.FAILED:
        return dataclasses.replace(result, outcome=outcome, checks=checks, reason=explain_known(current[0]))
    expired = next((entry for entry in matching if entry not in current), None)
    reason = result.reason
    if expired and all(_is_covered(check, matching, result) for check in failed):
        reason = f"{explain_step(result)}; it was known until {expired.until} ({expired.location}): decide again"
    return dataclasses.replace(result, checks=checks, reason=reason)


def find_gone(known: Sequence[KnownDeviation], results: Sequence[StepResult]) -> list[KnownDeviation]:
    """Return the entries of which none of the results shows anything. Entries of the same step and check are
    alternatives: one that is seen speaks for all of them. Of a step that was left out nothing is known."""
    if any(result.outcome is Outcome.KNOWN and result.exchange is None for result in results):
        # A recorded result does not say which of them it was.
        return []
    seen = {_name_subject(entry) for entry in known if any(is_seen(entry, result) for result in results)}
    left_out = {result.step.name for result in results if result.is_left_out}
    looked_at = (entry for entry in known if entry.step not in left_out and not (entry.step is None and left_out))
    return [entry for entry in looked_at if _name_subject(entry) not in seen]


def _name_subject(entry: KnownDeviation) -> tuple[str | None, ...]:
    return entry.step, entry.observed.check, entry.observed.path


def mark_fixed(result: StepResult, current: Sequence[KnownDeviation]) -> StepResult:
    """Return a passed result with a row for each deviation that did not occur."""
    reason = "the known deviation no longer occurs: remove it from the contract"
    fixed = [
        CheckResult(
            check=CheckName.KNOWN,
            outcome=Outcome.FIXED,
            message=reason,
            expected={key: value for key, value in dataclasses.asdict(entry.observed).items() if value is not None},
            location=entry.location,
        )
        for entry in current
    ]
    return dataclasses.replace(result, outcome=Outcome.FIXED, checks=[*result.checks, *fixed], reason=reason)


def is_seen(entry: KnownDeviation, result: StepResult) -> bool:
    """Return whether a result deviates as an entry says: its answer is so, and that breaks what was expected."""
    if entry.step not in (None, result.step.name) or not _is_match(entry.observed, result.answer):
        return False
    broken = (check for check in result.checks if check.outcome in (Outcome.FAILED, Outcome.KNOWN))
    return any(_is_named(check, entry.observed) for check in broken)


def _is_match(observed: ObservedDeviation, answer: Answer | None) -> bool:
    if answer is None:  # what came breaks HTTP
        return (observed.status, observed.media_type, observed.error) == (None, None, None)
    return (
        (observed.status is None or observed.status == answer.response.status_code)
        and (observed.media_type is None or has_media_type(answer.response.content_type, observed.media_type))
        and (observed.error is None or observed.error == answer.success.error_code)
    )


def _is_covered(check: CheckResult, entries: Sequence[KnownDeviation], result: StepResult) -> bool:
    """Return whether the entries that are seen name a failed check, or name that another answer came: then what the
    author expects of the answer's content cannot hold, but what the spec promises of that answer must."""
    observed = [entry.observed for entry in entries]
    if check.check in CONTENT and any(_is_named(row, each) for row in _list_other(result) for each in observed):
        return True
    return all(any(_is_named(check, each, place) for each in observed) for place in check.places or (None,))


def _list_other(result: StepResult) -> list[CheckResult]:
    """Return the rows that say that another answer came."""
    return [row for row in result.checks if row.outcome is Outcome.FAILED and row.check in _OTHER_ANSWER]


def _is_named(check: CheckResult, observed: ObservedDeviation, place: str | None = None) -> bool:
    """Return whether an observation is about a check (at one of its places)."""
    if observed.check is not None and observed.check == check.check:
        places = [place] if place is not None else [*check.places, check.path]
        return observed.path is None or any(_is_within(each, observed.path) for each in places if each)
    is_refusal = observed.status is not None and not 200 <= observed.status <= 299
    return (
        (observed.status is not None and check.check in (CheckName.STATUS, CheckName.STATUS_DECLARED))
        or (observed.media_type is not None and check.check in (CheckName.MEDIA_TYPE, CheckName.MEDIA_TYPE_DECLARED))
        or (observed.error is not None and check.check == CheckName.ERROR)
        or ((observed.error is not None or is_refusal) and check.check == CheckName.SUCCESS)
    )


def _is_within(path: str, wanted: str) -> bool:
    """Return whether a path is the wanted one, `[*]` standing for any index, or below it."""
    if "[*]" in wanted:
        path = re.sub(r"\[\d+\]", "[*]", path)
    return path == wanted or path.startswith((f"{wanted}.", f"{wanted}["))


def explain_known(entry: KnownDeviation | KnownFailure | KnownProperty) -> str:
    """Return why the team accepts something, until when, and where it says so."""
    instead = f"; see {entry.instead}" if entry.instead else ""
    return f"{entry.because.rstrip('.')}{instead} (known until {entry.until}, {entry.location})"
