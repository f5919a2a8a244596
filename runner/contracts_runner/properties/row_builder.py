"""Turns what was collected into rows of results.json: one for each check of an operation, or for each defect. What a
contract file accepts is `known` while it is found, and `fixed` when it is not any more."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from fnmatch import fnmatchcase

from msgspec import structs

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.known import explain_known
from contracts_runner.faults import Fault
from contracts_runner.model.checks import PropertyCheck
from contracts_runner.model.contract import KnownProperty
from contracts_runner.model.outcome import Outcome
from contracts_runner.openapi.spec import Spec
from contracts_runner.properties.collecting import Answered, Collector, Defect
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.acceptance import explain_never_accepted
from contracts_runner.results.rows import AnswerRow, PropertyFailure, PropertyRow

# Whether a check speaks of requests that the service accepted: where it accepted none it has nothing to say, and a pass
# would be an empty one. The others hold for every answer.
SPEAKS_OF_ACCEPTED: Mapping[PropertyCheck, bool] = {
    PropertyCheck.NOT_A_SERVER_ERROR: False,
    PropertyCheck.STATUS_CODE_CONFORMANCE: False,
    # What was seen is the form of errors only.
    PropertyCheck.CONTENT_TYPE_CONFORMANCE: True,
    PropertyCheck.RESPONSE_HEADERS_CONFORMANCE: True,
    PropertyCheck.RESPONSE_SCHEMA_CONFORMANCE: True,
    # What refuses everything also refuses what is invalid, what was removed, and who is unknown.
    PropertyCheck.NEGATIVE_DATA_REJECTION: True,
    PropertyCheck.POSITIVE_DATA_ACCEPTANCE: True,
    PropertyCheck.USE_AFTER_FREE: True,
    PropertyCheck.ENSURE_RESOURCE_AVAILABILITY: True,
    PropertyCheck.IGNORED_AUTH: True,
}

_UNFIT = re.compile(r"[^\w.-]+")


def build_id(operation: str, check: PropertyCheck, shape: str = "") -> str:
    """Return a property's id: short, fit for a command line, and the same in every run."""
    name = _UNFIT.sub("-", operation).strip("-")
    text = f"{name}:{check}"
    if shape or name != operation:
        text += ":" + hashlib.sha256(f"{operation}\0{shape}".encode()).hexdigest()[:6]
    return text


def build_untested(label: str, outcome: Outcome, reason: str, *, examples: int) -> PropertyRow:
    """Return the row of an operation of which nothing, or nothing more, is generated; `examples` of it have left."""
    return PropertyRow(
        id=build_id(label, PropertyCheck.REQUESTS),
        operation=label,
        check=PropertyCheck.REQUESTS,
        outcome=outcome,
        reason=reason,
        examples=examples,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFindings:
    """The entries about a spec in an environment, and the defects that were found.

    `is_exhaustive`: all that the spec describes was tried, not only some random examples, so that what was not found
    is fixed.
    """

    entries: Sequence[KnownProperty]
    found: frozenset[Defect]
    is_exhaustive: bool
    today: date

    def judge_failure(self, operation: str, check: PropertyCheck, shape: str, message: str) -> tuple[Outcome, str]:
        """Return the outcome of a check that failed, and its reason."""
        entry = self._choose(each for each in self.entries if _covers(each, operation, check, shape))
        if entry is None:
            return Outcome.FAILED, message
        if self.today > entry.until:
            return Outcome.FAILED, f"{message}; it was known until {entry.until} ({entry.location}): decide again"
        return Outcome.KNOWN, explain_known(entry)

    def judge_success(self, operation: str, check: PropertyCheck) -> tuple[Outcome, str]:
        """Return the outcome of a check that passed, and its reason. An entry for many operations is fixed when none of
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
            found.append(replace(entry, operation=operation.label) if operation else entry)
    return found


def _covers(entry: KnownProperty, operation: str, check: PropertyCheck, shape: str) -> bool:
    """Tell whether an entry is about a defect; the shape of one with a part is such as "body, query `page`"."""
    is_part = not entry.part or all(place.split(" ")[0] == entry.part for place in shape.split(", "))
    return is_part and _names(entry, operation, check)


def _names(entry: KnownProperty, operation: str, check: PropertyCheck) -> bool:
    return entry.check == check and (entry.operation == operation or fnmatchcase(operation, entry.operation))


@dataclass(frozen=True, slots=True, kw_only=True)
class RowBuilder:
    """Builds the rows of one spec."""

    collector: Collector
    redactor: Redactor
    known: KnownFindings

    def build_answers(self, label: str) -> tuple[AnswerRow, ...]:
        """Return the answers of an operation, counted by kind, in a fixed order."""
        kinds: Counter[AnswerRow] = Counter()
        for kind, count in self.collector.answers.items():
            if kind.operation == label:
                kinds[self._build_answer(kind)] += count
        rows = [structs.replace(row, count=count) for row, count in kinds.items()]
        return tuple(sorted(rows, key=lambda row: (row.status, str(row))))

    def _build_answer(self, kind: Answered) -> AnswerRow:
        return AnswerRow(
            status=kind.status,
            media_type=self.redactor.text(kind.media_type) if kind.media_type else None,
            success=kind.success,
            error_code=self.redactor.value(kind.error_code),
            auth=kind.auth,
            count=1,
        )

    def iter_rows(self, label: str, failures: Mapping[Defect, PropertyFailure]) -> Iterator[PropertyRow]:
        """Yield the rows of an operation: why it was not tested, then each check that looked, in a fixed order."""
        failing = self.collector.failings.get(label)
        if failing is not None:
            yield self._build(label, PropertyCheck.REQUESTS, failing, examples=self.collector.requests[label])
        never = explain_never_accepted(self.build_answers(label))
        for check in PropertyCheck:
            examples = self.collector.looks[label, check]
            found = [defect for defect in failures if defect[:2] == (label, check)]
            broken = self.collector.broken.get((label, check))
            if broken is not None:
                yield self._build(label, check, (Outcome.ERRORED, broken), examples=examples)
            elif never and not found and SPEAKS_OF_ACCEPTED.get(check, False):
                if examples or (label, check) in self.collector.undecided:
                    verdict = Outcome.SKIPPED, f"never accepted, because {never}"
                    yield self._build(label, check, verdict, examples=examples)
            elif examples and not found:
                yield self._build(label, check, self.known.judge_success(label, check), examples=examples)
            for defect in found:
                message = self.collector.defects[defect].message
                verdict = self.known.judge_failure(*defect, message)
                yield self._build(
                    label, check, verdict, examples=examples, shape=defect[2] or "-", failure=failures[defect]
                )

    def build_broken(self, label: str, fault: Fault) -> PropertyRow:
        """Return the row of an operation whose findings cannot be recorded."""
        reason = f"what was found cannot be recorded: {fault}"
        return self._build(
            label, PropertyCheck.REQUESTS, (Outcome.ERRORED, reason), examples=self.collector.requests[label]
        )

    def _build(
        self,
        label: str,
        check: PropertyCheck,
        verdict: tuple[Outcome, str],
        *,
        examples: int,
        shape: str = "",
        failure: PropertyFailure | None = None,
    ) -> PropertyRow:
        outcome, reason = verdict
        return PropertyRow(
            id=build_id(label, check, shape),
            operation=label,
            check=check,
            outcome=outcome,
            reason=self.redactor.text(reason),
            examples=examples,
            failure=failure,
        )
