"""Turns what was collected into rows of results.json: one for each check of an operation, or for each defect."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from msgspec import structs

from contracts_runner.model.outcome import Outcome
from contracts_runner.project.settings.property_form import CHECKS
from contracts_runner.properties.collecting import REQUESTS, RESPONSE, Collector, Finding
from contracts_runner.properties.known import KnownFindings
from contracts_runner.properties.recording import Proof
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.results.rows import PropertyFailure, PropertyRow

_UNFIT = re.compile(r"[^\w.-]+")


def build_id(operation: str, check: str, shape: str = "") -> str:
    """Return a property's id: short, fit for a command line, and the same in every run."""
    name = _UNFIT.sub("-", operation).strip("-")
    text = f"{name}:{check}"
    if shape or name != operation:
        text += ":" + hashlib.sha256(f"{operation}\0{shape}".encode()).hexdigest()[:6]
    return text


@dataclass(frozen=True, slots=True, kw_only=True)
class RowBuilder:
    """Builds the rows of one spec."""

    collector: Collector
    redactor: Redactor
    known: KnownFindings

    def iter_rows(self, label: str, proofs: Mapping[Finding, Proof]) -> Iterator[PropertyRow]:
        """Yield the rows of an operation: why it was not tested, then each check that looked, in a fixed order."""
        failing = self.collector.failings.get(label)
        if failing is not None:
            yield self._build(
                label,
                REQUESTS,
                outcome=failing.outcome,
                reason=failing.message,
                examples=self.collector.requests[label],
            )
        for check in (RESPONSE, *CHECKS):
            examples = self.collector.looks[label, check]
            if examples:
                yield from self._iter_check(label, check, examples, proofs)

    def _iter_check(
        self, label: str, check: str, examples: int, proofs: Mapping[Finding, Proof]
    ) -> Iterator[PropertyRow]:
        findings = [
            finding
            for (operation, name, _), finding in sorted(self.collector.findings.items())
            if (operation, name) == (label, check)
        ]
        if not findings:
            outcome, reason = self.known.judge_success(label, check)
            yield self._build(label, check, outcome=outcome, reason=reason, examples=examples)
        for finding in findings:
            complaint, proof = finding.complaint, proofs[finding]
            outcome, reason = self.known.judge_failure(label, check, complaint.shape, complaint.message)
            row = self._build(
                label, check, outcome=outcome, reason=reason, examples=examples, shape=complaint.shape or "-"
            )
            failure = PropertyFailure(
                code=complaint.code,
                title=complaint.title,
                message=self.redactor.text(complaint.message),
                curl=proof.curl,
                steps=proof.steps,
                artifacts=proof.artifacts,
            )
            yield structs.replace(row, failure=failure)

    def _build(
        self, label: str, check: str, *, outcome: Outcome, reason: str, examples: int, shape: str = ""
    ) -> PropertyRow:
        return PropertyRow(
            id=build_id(label, check, shape),
            operation=label,
            check=check,
            outcome=outcome,
            reason=self.redactor.text(reason),
            examples=examples,
        )
