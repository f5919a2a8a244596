"""The result of one rule applied to one exchange."""

from collections.abc import Callable, Iterable
from typing import Self

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import SourceLocation
from contracts_runner.faults import Fault, guard
from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.words import Word


class CheckName(Word):
    """The rules that a step's answer is checked against, as their rows name them (docs/design.md, Files of a run)."""

    # What the author of a contract states or implies.
    STATUS = "status", "The status is as the step expects."
    SUCCESS = "success", "The answer is a success, or none, as the step expects: by its status and `x-success`."
    ERROR = "error", "The error code is the one that the step expects; `x-error-code` says where it stands."
    MEDIA_TYPE = "media_type", "The media type is the one that the step expects."
    HEADER = "header", "A header is as the step expects."
    BODY = "body", "What a JSONPath finds in the body is as the step expects."
    TEXT = "text", "The whole body, as a text, is as the step expects."
    XML = "xml", "What an XPath finds in the body is as the step expects."
    SHA256 = "sha256", "The bytes of the body have the hash that the step expects."
    BYTES = "bytes", "The body has as many bytes as the step expects."
    LATENCY = "latency", "The answer came within the time that the step expects."
    CAPTURE = "capture", "What a step captures is there."
    KNOWN = "known", "The deviation that a `known` entry accepts."
    # The relations (model/contract.py).
    SUBSET = "subset", "Every item of `this` is one of `of`."
    SUPERSET = "superset", "Every item of `of` is one of `this`."
    SAME_ITEMS = "same_items", "Both lists have the same items, each as often, in any order."
    DISJOINT = "disjoint", "The lists have no item in common."
    EQUAL = "equal", "Both values are equal."
    SORTED = "sorted", "The items are in the order."
    UNIQUE = "unique", "No item comes twice."
    COUNT = "count", "The number of items is as expected."
    EVERY = "every", "Every item is as expected."
    # What the spec promises.
    STATUS_DECLARED = "status_declared", "The document declares the status for the operation."
    MEDIA_TYPE_DECLARED = "media_type_declared", "The document declares the media type for the status."
    RESPONSE_HEADERS = "response_headers", "The headers are as the document declares them."
    BODY_JSON = "body_json", "A body that calls itself JSON is JSON."
    BODY_SCHEMA = "body_schema", "The body fits the schema that the document declares."
    # HTTP itself.
    RESPONSE = "response", "The answer breaks neither HTTP nor the bounds of the environment."


SPEC_CHECKS = frozenset(
    {
        CheckName.STATUS_DECLARED,
        CheckName.MEDIA_TYPE_DECLARED,
        CheckName.RESPONSE_HEADERS,
        CheckName.BODY_JSON,
        CheckName.BODY_SCHEMA,
    }
)


def judge_cleanup(outcome: Outcome, checks: Iterable[tuple[str, Outcome]]) -> Outcome:
    """Return what a cleanup step adds to its scenario: errored where state was left behind, else its own outcome.

    `checks`: the name and the outcome of each of its rows (docs/design.md, Cleanup).
    """
    return Outcome.ERRORED if outcome.traits.is_broken and not has_cleaned_up(checks) else outcome


def has_cleaned_up(checks: Iterable[tuple[str, Outcome]]) -> bool:
    """True if an answer came that the author's `expect` accepts: what breaks the spec alone, or gives no capture, is
    another deviation."""
    rows = list(checks)
    others = (outcome for name, outcome in rows if name not in SPEC_CHECKS and name != CheckName.CAPTURE)
    return bool(rows) and all(outcome in (Outcome.PASSED, Outcome.FIXED) for outcome in others)


class PropertyCheck(Word):
    """The rules of the property phase, in the order of an operation's rows."""

    REQUESTS = "requests", "The operation's requests could be sent, and were answered."
    RESPONSE = "response", "No answer breaks HTTP or the bounds of the environment."
    # Those that `properties: {checks: …}` chooses from; they have Schemathesis's names.
    NOT_A_SERVER_ERROR = "not_a_server_error", "No generated request is answered with 5xx."
    STATUS_CODE_CONFORMANCE = "status_code_conformance", "The document declares each status that came."
    CONTENT_TYPE_CONFORMANCE = "content_type_conformance", "The document declares each media type that came."
    RESPONSE_HEADERS_CONFORMANCE = "response_headers_conformance", "The headers are as the document declares them."
    RESPONSE_SCHEMA_CONFORMANCE = (
        "response_schema_conformance",
        "The bodies fit the schemas that the document declares.",
    )
    NEGATIVE_DATA_REJECTION = "negative_data_rejection", "Requests that break the document are refused."
    POSITIVE_DATA_ACCEPTANCE = "positive_data_acceptance", "Requests that fit the document are accepted."
    USE_AFTER_FREE = "use_after_free", "What was deleted is gone."
    ENSURE_RESOURCE_AVAILABILITY = "ensure_resource_availability", "What was made can be read."
    IGNORED_AUTH = "ignored_auth", "Requests without a valid credential are refused."


CHOSEN_CHECKS = tuple(check for check in PropertyCheck if check not in (PropertyCheck.REQUESTS, PropertyCheck.RESPONSE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """What does not hold, without the values: the keyword of JSON Schema (or `value`, `unreadable`, `header`: that one
    is missing, `x-error-code`: that one is not in the document), the name of the property, where it is, `[*]` for each
    index, where the document says so, the type of the value, and the format that it should have."""

    keyword: str
    property: str = ""
    path: str = ""
    place: str = ""
    found: str = ""
    wanted: str = ""


UNREADABLE = Violation(keyword="unreadable")
X_ERROR_CODE = "x-error-code"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One row: `check` is the rule's name, `path` the JSONPath or header that it looked at. `places`: of a rule that
    looks at several, those where it does not hold; they are not recorded. `violations`: each kind once."""

    check: CheckName
    outcome: Outcome
    message: str = ""
    expected: Json = None
    actual: Json = None
    path: str | None = None
    location: SourceLocation | None = None
    places: tuple[str, ...] = ()
    violations: tuple[Violation, ...] = ()

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
        violations: tuple[Violation, ...] = (),
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
            violations=violations,
        )

    @classmethod
    def attempt(
        cls,
        check: CheckName,
        work: Callable[[], Iterable[Self]],
        *,
        path: str | None = None,
        location: SourceLocation | None = None,
    ) -> list[Self]:
        """Return the rows that `work` gives; for a fault in it one errored row, so that the other checks are made."""

        def settle(fault: Fault) -> list[Self]:
            message = f"cannot be judged: {fault}"
            return [cls(check=check, outcome=Outcome.ERRORED, message=message, path=path, location=location)]

        return guard(lambda: list(work()), settle)
