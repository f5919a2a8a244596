"""Applies the accepted findings of contract files to rows: `known` while they hold, `fixed` when they are gone."""

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import date
from fnmatch import fnmatchcase

from contracts_runner.model.contract import KnownProperty
from contracts_runner.model.outcome import Outcome
from contracts_runner.openapi.spec import Spec


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class KnownFindings:
    """The entries about a spec in an environment, and what was found: (operation, check, shape) of every defect.

    `is_exhaustive`: all that the spec describes was tried, not only some random examples, so that what was not found
    is gone.
    """

    entries: Sequence[KnownProperty]
    found: frozenset[tuple[str, str, str]]
    is_exhaustive: bool
    today: date

    def judge_failure(self, operation: str, check: str, shape: str, message: str) -> tuple[Outcome, str]:
        """Return the outcome of a check that failed, and its reason."""
        entry = self._choose(each for each in self.entries if _covers(each, operation, check, shape))
        if entry is None:
            return Outcome.FAILED, message
        if self.today > entry.until:
            return Outcome.FAILED, f"{message}; it was known until {entry.until} ({entry.location}): decide anew"
        return Outcome.KNOWN, f"{entry.because} (known until {entry.until}, {entry.location})"

    def judge_success(self, operation: str, check: str) -> tuple[Outcome, str]:
        """Return the outcome of a check that held, and its reason. An entry for many operations is gone when none of
        them shows what it describes."""
        entry = self._choose(each for each in self.entries if _names(each, operation, check) and not each.is_rare)
        if entry is None or not self.is_exhaustive or self.today > entry.until:
            return Outcome.PASSED, ""
        if any(_covers(entry, *key) for key in self.found):
            return Outcome.PASSED, ""
        return Outcome.FIXED, f"the known finding is gone: remove it from the contract ({entry.location})"

    def _choose(self, fitting: Iterable[KnownProperty]) -> KnownProperty | None:
        """Return an entry that still holds before one that has expired."""
        entries = list(fitting)
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


def _covers(entry: KnownProperty, operation: str, check: str, shape: str) -> bool:
    """Tell whether an entry is about a defect; the shape of one with a part is such as "body, query `page`"."""
    is_there = not entry.part or all(place.split(" ")[0] == entry.part for place in shape.split(", "))
    return is_there and _names(entry, operation, check)


def _names(entry: KnownProperty, operation: str, check: str) -> bool:
    return entry.check == check and (entry.operation == operation or fnmatchcase(operation, entry.operation))
