"""What the author has accepted of a check: `known` beside it."""

from dataclasses import replace
from datetime import date

from contracts_runner.engine.known import explain_known
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.warehouse import TableCheck
from contracts_runner.warehouse.checks.context import Finding


def accept(finding: Finding, check: TableCheck, *, environment: str, today: date) -> Finding:
    """Return a failed finding as known while an entry holds, a passed one as fixed; all others as they are."""
    entries = [entry for entry in check.known if entry.concerns(environment)]
    current = next((entry for entry in entries if today <= entry.until), None)
    match finding.outcome:
        case Outcome.FAILED if current:
            return replace(finding, outcome=Outcome.KNOWN, message=f"{explain_known(current)}: {finding.message}")
        case Outcome.FAILED if entries:
            last = max(entries, key=lambda entry: entry.until)
            message = f"{finding.message}; it was known until {last.until} ({last.location}): decide again"
            return replace(finding, message=message)
        case Outcome.PASSED if current:
            message = "the known failure no longer occurs: remove it from the contract"
            return replace(finding, outcome=Outcome.FIXED, message=message)
    return finding
