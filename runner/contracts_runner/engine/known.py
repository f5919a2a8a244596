"""Deviations that the team has accepted: a failure is `known` only if it is exactly the one that was described."""

import dataclasses
from collections.abc import Sequence
from datetime import date

from contracts_runner.engine.success import Answer
from contracts_runner.model.checks import CheckName, CheckResult
from contracts_runner.model.contract import KnownDeviation
from contracts_runner.model.outcome import Outcome


def find_current(known: Sequence[KnownDeviation], *, environment: str, today: date) -> list[KnownDeviation]:
    """Return the entries that hold for the environment and have not expired."""
    return [entry for entry in known if environment in entry.environments and today <= entry.until]


def find_expired(known: Sequence[KnownDeviation], *, environment: str, today: date) -> list[KnownDeviation]:
    """Return the entries for the environment whose time is over."""
    return [entry for entry in known if environment in entry.environments and today > entry.until]


def match_known(known: Sequence[KnownDeviation], answer: Answer) -> KnownDeviation | None:
    """Return the entry that describes this answer, comparing all that it states."""
    return next((entry for entry in known if _is_match(entry, answer)), None)


def _is_match(entry: KnownDeviation, answer: Answer) -> bool:
    observed = entry.observed
    return (
        (observed.status is None or observed.status == answer.response.status_code)
        and (observed.media_type is None or observed.media_type.lower() == answer.response.media_type)
        and (observed.error is None or observed.error == answer.success.error_code)
    )


def accept_known(checks: Sequence[CheckResult]) -> list[CheckResult]:
    """Return the rows with each failure marked as known, its message kept."""
    return [
        dataclasses.replace(check, outcome=Outcome.KNOWN) if check.outcome is Outcome.FAILED else check
        for check in checks
    ]


def explain_known(entry: KnownDeviation) -> str:
    """Return why the deviation is accepted, and what to look at instead."""
    instead = f"; see {entry.instead}" if entry.instead else ""
    return f"{entry.because.rstrip('.')}{instead} (known until {entry.until}, {entry.location})"


def build_fixed_check(entry: KnownDeviation) -> CheckResult:
    """Return the row that says a known deviation is gone."""
    observed = {key: value for key, value in dataclasses.asdict(entry.observed).items() if value is not None}
    return CheckResult(
        check=CheckName.KNOWN,
        outcome=Outcome.FIXED,
        message="the known deviation is gone: remove it from the contract",
        expected=observed,
        location=entry.location,
    )
