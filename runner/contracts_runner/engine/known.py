"""Deviations that the team has accepted: a failure is `known` only if it is exactly the one that was described."""

import dataclasses
from collections.abc import Sequence
from datetime import date

from contracts_runner.engine.steps import StepResult
from contracts_runner.engine.success import Answer
from contracts_runner.model.checks import CheckName, CheckResult
from contracts_runner.model.contract import KnownDeviation
from contracts_runner.model.http import has_media_type
from contracts_runner.model.outcome import Outcome, judge_checks


def find_current(known: Sequence[KnownDeviation], *, environment: str, today: date) -> list[KnownDeviation]:
    """Return the entries that hold for the environment and have not expired."""
    return [entry for entry in known if environment in entry.environments and today <= entry.until]


def judge_known(result: StepResult, known: Sequence[KnownDeviation], *, environment: str, today: date) -> StepResult:
    """Return a failed result as known where a current entry describes its answer, its messages kept; where only an
    expired one does, with that in its reason."""
    answer = result.answer
    if result.outcome is not Outcome.FAILED or answer is None:
        return result
    matching = [entry for entry in known if environment in entry.environments and _is_match(entry, answer)]
    entry = min(matching, key=lambda entry: entry.until < today, default=None)
    if entry is None:
        return result
    if entry.until < today:
        first = next(check.message for check in result.checks if check.outcome is Outcome.FAILED)
        reason = f"{first}; it was known until {entry.until} ({entry.location}): decide again"
        return dataclasses.replace(result, reason=reason)
    checks = [
        dataclasses.replace(check, outcome=Outcome.KNOWN) if check.outcome is Outcome.FAILED else check
        for check in result.checks
    ]
    outcome = judge_checks(check.outcome for check in checks)
    return dataclasses.replace(result, outcome=outcome, checks=checks, reason=_explain(entry))


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


def _is_match(entry: KnownDeviation, answer: Answer) -> bool:
    """An entry describes an answer if all that it states is so."""
    observed = entry.observed
    return (
        (observed.status is None or observed.status == answer.response.status_code)
        and (observed.media_type is None or has_media_type(answer.response.content_type, observed.media_type))
        and (observed.error is None or observed.error == answer.success.error_code)
    )


def _explain(entry: KnownDeviation) -> str:
    instead = f"; see {entry.instead}" if entry.instead else ""
    return f"{entry.because.rstrip('.')}{instead} (known until {entry.until}, {entry.location})"
