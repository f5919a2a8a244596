"""The result of one rule applied to one exchange."""

from dataclasses import dataclass

from contracts_runner.errors import SourceLocation
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One row: `check` is the rule's name, `path` the JSONPath or header that it looked at."""

    check: str
    outcome: Outcome
    message: str = ""
    expected: Json = None
    actual: Json = None
    path: str | None = None
    location: SourceLocation | None = None
