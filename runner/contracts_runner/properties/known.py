"""Applies the accepted findings of contract files to rows: `known` while they hold, `fixed` when they are gone."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import date
from fnmatch import fnmatchcase

from contracts_runner.model.outcome import Outcome
from contracts_runner.project.property_known import KnownProperty
from contracts_runner.project.spec import Spec


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class KnownFindings:
    """The entries about a spec in an environment, and what was found: (operation, check) of every defect.

    `is_exhaustive`: all that the spec describes was tried, not only some random examples, so that what was not found
    is gone.
    """

    entries: Sequence[KnownProperty]
    found: frozenset[tuple[str, str]]
    is_exhaustive: bool
    today: date

    def judge_failure(self, operation: str, check: str, message: str) -> tuple[Outcome, str]:
        """Return the outcome of a check that failed, and its reason."""
        entry = self._find(operation, check)
        if entry is None:
            return Outcome.FAILED, message
        if self.today > entry.until:
            return Outcome.FAILED, f"{message}; it was known until {entry.until} ({entry.location}): decide anew"
        return Outcome.KNOWN, f"{entry.because} (known until {entry.until}, {entry.location})"

    def judge_success(self, operation: str, check: str) -> tuple[Outcome, str]:
        """Return the outcome of a check that held, and its reason. An entry for many operations is gone when none of
        them shows what it describes."""
        entry = self._find(operation, check)
        if entry is None or not self.is_exhaustive or self.today > entry.until:
            return Outcome.PASSED, ""
        if any(_covers(entry, *key) for key in self.found):
            return Outcome.PASSED, ""
        return Outcome.FIXED, f"the known finding is gone: remove it from the contract ({entry.location})"

    def _find(self, operation: str, check: str) -> KnownProperty | None:
        """Return the entry for a check of an operation, one that still holds before one that has expired."""
        entries = [entry for entry in self.entries if _covers(entry, operation, check)]
        current = (entry for entry in entries if self.today <= entry.until)
        return next(current, entries[0] if entries else None)


def select_entries(known: Iterable[KnownProperty], *, spec: Spec, environment: str) -> list[KnownProperty]:
    """Return the entries about a spec in an environment; one that says "METHOD /path" gets the operation's label."""
    found = []
    for entry in known:
        if entry.spec == spec.key and (not entry.environments or environment in entry.environments):
            operation = spec.find_operation(entry.operation)
            found.append(dataclasses.replace(entry, operation=operation.label) if operation else entry)
    return found


def _covers(entry: KnownProperty, operation: str, check: str) -> bool:
    return entry.check == check and (entry.operation == operation or fnmatchcase(operation, entry.operation))
