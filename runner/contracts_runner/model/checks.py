"""The result of one rule applied to one exchange."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from contracts_runner.errors import SourceLocation
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome


class CheckName(StrEnum):
    """The rules that a step's answer is checked against, as their rows name them (docs/design.md, Files of a run)."""

    # What the author of a contract states or implies.
    STATUS = "status"
    SUCCESS = "success"
    ERROR = "error"
    MEDIA_TYPE = "media_type"
    HEADER = "header"
    BODY = "body"
    LATENCY = "latency"
    CAPTURE = "capture"
    KNOWN = "known"
    # The relations (model/contract.py).
    SUBSET = "subset"
    SUPERSET = "superset"
    SAME_ITEMS = "same_items"
    DISJOINT = "disjoint"
    EQUAL = "equal"
    SORTED = "sorted"
    UNIQUE = "unique"
    COUNT = "count"
    EVERY = "every"
    # What the spec promises.
    STATUS_DECLARED = "status_declared"
    MEDIA_TYPE_DECLARED = "media_type_declared"
    RESPONSE_HEADERS = "response_headers"
    BODY_JSON = "body_json"
    BODY_SCHEMA = "body_schema"
    # HTTP itself.
    RESPONSE = "response"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One row: `check` is the rule's name, `path` the JSONPath or header that it looked at. `places`: of a rule that
    looks at several, those where it does not hold; they are not recorded."""

    check: CheckName
    outcome: Outcome
    message: str = ""
    expected: Json = None
    actual: Json = None
    path: str | None = None
    location: SourceLocation | None = None
    places: tuple[str, ...] = ()

    @classmethod
    def not_looked_at(
        cls, check: CheckName, why: str, *, path: str | None = None, location: SourceLocation | None = None
    ) -> Self:
        """Return the row of a rule that could not be applied: it takes no part in the fold."""
        message = f"not looked at, because {why}"
        return cls(check=check, outcome=Outcome.SKIPPED, message=message, path=path, location=location)

    @classmethod
    def judge(
        cls,
        check: CheckName,
        problem: str | None,
        *,
        expected: Json = None,
        actual: Json = None,
        path: str | None = None,
        location: SourceLocation | None = None,
        places: tuple[str, ...] = (),
    ) -> Self:
        """Return a failed row for a problem, a passed one for None."""
        return cls(
            check=check,
            outcome=Outcome.PASSED if problem is None else Outcome.FAILED,
            message=problem or "",
            expected=expected,
            actual=actual,
            path=path,
            location=location,
            places=places,
        )
