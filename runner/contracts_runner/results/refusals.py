"""Answers that refuse a credential, and whose it was."""

from collections.abc import Iterable

from contracts_runner.model.outcome import Outcome
from contracts_runner.results.cause_keys import name_status
from contracts_runner.results.rows import ScenarioRow

# 401 Unauthorized, 403 Forbidden.
REFUSED = frozenset({401, 403})
NO_CREDENTIAL = frozenset({"none", "invalid"})
# More names say no more than that it is not the fault of one.
_MOST_NAMES = 3


def find_refusals(scenarios: Iterable[ScenarioRow]) -> set[str]:
    """Return the keys of the causes that are refusals: of 401 and 403, and of the answers that an invalid credential,
    or none, got as the contract expects."""
    found: set[str] = set()
    for step in (step for scenario in scenarios for step in scenario.steps):
        is_expected = step.auth in NO_CREDENTIAL and step.outcome is Outcome.PASSED
        if step.response and not step.success and (step.response.status in REFUSED or is_expected):
            found.add(name_status(step.response.status, step.error_code, "").key)
    return found


def tell_credentials(names: Iterable[str | None]) -> str:
    """Return whose credential was refused, as the end of a sentence, "" where that says nothing."""
    told = sorted({name for name in names if name and name not in NO_CREDENTIAL})
    return f" to {', '.join(told)}" if 0 < len(told) <= _MOST_NAMES else ""
