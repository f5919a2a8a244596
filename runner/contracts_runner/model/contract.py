"""Contracts as their authors wrote them, typed: scenarios, steps, expectations (docs/design.md, Contract file)."""

from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import date
from enum import StrEnum
from typing import Literal

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import SourceLocation
from contracts_runner.model.checks import CheckName, PropertyCheck
from contracts_runner.model.json import Json
from contracts_runner.model.load_thresholds import LoadThresholds
from contracts_runner.model.spec import Source


class Unset(StrEnum):
    """The one value of a key that the author left out, where null means something else."""

    UNSET = "unset"


UNSET = Unset.UNSET

# What a step sends as its credential: a name, several names, or values by scheme, with expressions.
Auth = str | tuple[str, ...] | Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueMatcher:
    """Equality for a scalar, null or list; a JSON Schema (draft 2020-12) when `is_schema`."""

    value: Json
    is_schema: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyExpectation:
    """What is found at an RFC 9535 JSONPath of the response body."""

    path: str
    matcher: ValueMatcher
    location: SourceLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderExpectation:
    """What a response header holds; the matcher sees the joined text of its values."""

    name: str
    matcher: ValueMatcher
    location: SourceLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class XmlExpectation:
    """What an XPath 1.0 expression gives in a body of XML."""

    path: str
    matcher: ValueMatcher
    location: SourceLocation


RelationKind = Literal[
    CheckName.SUBSET,
    CheckName.SUPERSET,
    CheckName.SAME_ITEMS,
    CheckName.DISJOINT,
    CheckName.EQUAL,
    CheckName.SORTED,
    CheckName.UNIQUE,
    CheckName.COUNT,
    CheckName.EVERY,
]
# Those whose operand may be a JSONPath of the same response.
WITH_OPERAND_PATH = (
    CheckName.SUBSET,
    CheckName.SUPERSET,
    CheckName.SAME_ITEMS,
    CheckName.DISJOINT,
    CheckName.EQUAL,
)
# Those whose operand may be a JSON Schema.
WITH_OPERAND_SCHEMA = (CheckName.COUNT, CheckName.EVERY)


class SortedAs(StrEnum):
    """What the values of `sorted` are read as, where they are texts."""

    NUMBER = "number"
    TIME = "time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A comparison of this response (`this`, a JSONPath) with `operand`: a capture expression, a JSONPath of this
    response, a literal or a JSON Schema, by kind."""

    kind: RelationKind
    this: str
    operand: Json  # `of`, `as`, `from`, `to`, `order`, `is`; None for unique
    sorted_as: SortedAs | None = None
    location: SourceLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What the author expects of one response. Everything left out is not checked, but see `success`."""

    # Each is an inclusive range of status codes: 200 -> (200, 200), 2xx -> (200, 299). None: not stated.
    status: tuple[tuple[int, int], ...] | None = None
    status_from: str | None = None  # the expression that gives it when the step runs
    # UNSET: implied for a 2xx, and for any status when neither status nor error is stated. None: no claim.
    success: bool | Unset | None = UNSET
    error: str | Unset | None = UNSET
    media_type: str | None = None
    headers: tuple[HeaderExpectation, ...] = ()
    body: tuple[BodyExpectation, ...] = ()
    text: ValueMatcher | None = None  # of the whole text
    xml: tuple[XmlExpectation, ...] = ()
    namespaces: Mapping[str, str] = field(default_factory=dict)  # prefix -> URI, of `xml`
    sha256: str | None = None  # of the body's bytes, in hexadecimal digits, or an expression
    bytes: ValueMatcher | None = None  # of their number
    read_as: str = ""  # the media type as which the body is read, "" for its own
    events: int | None = None  # of a stream, which is read until so many came
    latency_ms: float | None = None
    relations: tuple[Relation, ...] = ()
    is_schema_checked: bool = True
    # Of each key that is present, and of "expect" itself.
    locations: Mapping[str, SourceLocation] = field(default_factory=dict)


class CaptureSource(StrEnum):
    """Where a capture is taken from, as its key says."""

    PATH = "path"  # a JSONPath of the body
    HEADER = "header"
    COOKIE = "cookie"
    TEXT = "text"  # the one group of a regular expression
    XML = "xml"  # an XPath


class Take(StrEnum):
    """Which of the matches of a path is taken, where it is not a number."""

    FIRST = "first"
    LAST = "last"
    ONLY = "only"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """A value that later steps use. `path` is where it is: a JSONPath, an XPath, a regular expression or the name of a
    header or cookie. `take`: None gives what the path gives."""

    name: str
    path: str
    source: CaptureSource = CaptureSource.PATH
    take: Take | int | None = None
    namespaces: Mapping[str, str] = field(default_factory=dict)
    location: SourceLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Send the step again until what it expects holds, or the time has run out."""

    every_seconds: float
    for_seconds: float
    give_up: tuple[BodyExpectation, ...] = ()  # an answer of which all of this holds is the last one


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """A step is run only if the value of an expression matches."""

    this: str
    matcher: ValueMatcher
    location: SourceLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class StepVariant:
    """What `in: <environment>` or `probe:` changes of a step. Parameters, query and headers are merged; the rest
    replaces, `body_file` a body, and `url` parameters and query; and the other way round."""

    parameters: Mapping[str, Json] = field(default_factory=dict)
    query: Mapping[str, Json] = field(default_factory=dict)
    headers: Mapping[str, Json] = field(default_factory=dict)
    media_type: str | None = None
    accept: str | None = None
    body: Json | Unset = UNSET
    body_file: str | None = None
    url: str | None = None
    auth: Auth | None = None
    expect: Expectation | None = None
    location: SourceLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds for each step that does not say otherwise: of a contract file, or of an environment."""

    auth: Auth | None = None
    headers: Mapping[str, Json] = field(default_factory=dict)
    latency_ms: float | None = None


# Among the names of parameters: what it holds gives them all.
WHOLE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One request of a scenario. `defaults` are those of its file; `media_type`, `accept` and each part may be an
    expression."""

    name: str
    spec: str = ""  # key of the spec that has the operation
    operation: str  # operationId, or "METHOD /path"
    parameters: Mapping[str, Json] = field(default_factory=dict)
    query: Mapping[str, Json] = field(default_factory=dict)  # beyond the spec, as `headers`
    headers: Mapping[str, Json] = field(default_factory=dict)
    media_type: str | None = None  # None: that of the document which fits
    accept: str | None = None  # None: what the expected status declares
    body_file: str | None = None  # below the project, in the place of the body
    url: str | None = None  # a link, in the place of parameters and query
    auth: Auth | None = None  # None: the operation's own; "none", "invalid", or a key of `credentials`
    body: Json | Unset = UNSET
    expect: Expectation = field(default_factory=Expectation)
    captures: tuple[Capture, ...] = ()
    retry: Retry | None = None
    when: When | None = None
    variants: Mapping[str, StepVariant] = field(default_factory=dict)
    probe: StepVariant | None = None
    is_invalid_request: bool = False
    defaults: Defaults = field(default_factory=Defaults)
    location: SourceLocation

    def iter_expectations(self) -> Iterator[Expectation]:
        """Yield its own expectation, then those of its variants and its probe."""
        yield self.expect
        for variant in (*self.variants.values(), self.probe):
            if variant and variant.expect:
                yield variant.expect


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedDeviation:
    """What a known deviation looks like; None is not compared. `path`: where `check` fails, with all below it."""

    status: int | None = None
    media_type: str | None = None
    error: str | None = None
    check: CheckName | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDeviation:
    """A deviation that the team has accepted, until a day (inclusive)."""

    environments: tuple[str, ...]
    step: str | None = None  # None: of any step
    observed: ObservedDeviation
    because: str
    instead: str | None = None
    since: date | None = None
    until: date
    location: SourceLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownProperty:
    """A check that is known to fail for an operation, or for all that a glob such as `list*` names, until a day
    (inclusive). No environments: in all of them.

    `part`: the part of the request in which the invalid values are, "" for any. `is_rare`: only chance shows it, so
    that it may still be there when no request showed it.
    """

    spec: str
    operation: str
    check: PropertyCheck
    part: str
    is_rare: bool
    because: str
    until: date
    environments: tuple[str, ...]
    instead: str | None = None
    since: date | None = None
    location: SourceLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """Why a scenario is not run: in the environments (None: in all) until a day (inclusive; None: without an end)."""

    because: str
    environments: tuple[str, ...] | None = None
    until: date | None = None
    location: SourceLocation

    def holds(self, environment: str, today: date) -> bool:
        """Return whether the scenario is left out."""
        is_meant = self.environments is None or environment in self.environments
        return is_meant and (self.until is None or today <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """Who mends a flaky scenario, in the environments (None: in all) until a day (inclusive): meanwhile it is run, told
    apart, and decides nothing."""

    owner: str
    because: str
    environments: tuple[str, ...] | None = None
    until: date
    location: SourceLocation

    def holds(self, environment: str, today: date) -> bool:
        """Return whether the scenario is told apart."""
        return (self.environments is None or environment in self.environments) and today <= self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """An ordered flow with an id that is unique in the project. `source` and `tags` include the contract's own.

    One of a table is `of` the scenario that has it, and has the values of its `row`. `number`: its place among the
    scenarios of its file, the same for all of a table.
    """

    id: str
    of: str | None = None
    row: Mapping[str, Json] | None = None
    number: int = 0
    title: str
    contract: str
    spec: str
    tags: tuple[str, ...] = ()
    source: Source | None = None
    steps: tuple[Step, ...]
    cleanup: tuple[Step, ...] = ()
    known: tuple[KnownDeviation, ...] = ()
    needs: Mapping[str, str] = field(default_factory=dict)  # alias -> the scenario that is run before, once
    skip: Skip | None = None
    quarantine: Quarantine | None = None
    exclusive: str | None = None  # scenarios with the same word never run at the same time
    keeps_cookies: bool = False
    tables: tuple[str, ...] = ()  # of the warehouse, counted around the scenario where the environment says so
    variables: Mapping[str, Json] = field(default_factory=dict)  # of the file, as written
    load: LoadThresholds | None = None
    location: SourceLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One contract file. A scenario with a table is there once for each of its items."""

    name: str
    title: str
    spec: str
    scenarios: tuple[Scenario, ...]
    known_properties: tuple[KnownProperty, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)  # name -> SHA-256 of the files that it names
    variables: Mapping[str, Json] = field(default_factory=dict)
    load: LoadThresholds | None = None  # of all its scenarios together
    location: SourceLocation
