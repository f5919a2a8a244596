"""The rows of a load: what was measured, by windows of time, and what it amounts to (docs/design.md, Load).

Times to a whole answer are kept as counts of buckets of three significant digits: windows and workers add up, and a
percentile is at most half a per cent beside the time that was measured.
"""

from collections.abc import Mapping
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.results.rows import Count, Location, Milliseconds

# (milliseconds, how many) in ascending order.
Histogram = Annotated[
    tuple[tuple[Milliseconds, Count], ...], Meta(description="[milliseconds, how many], in ascending order.")
]


class LoadShape(Struct, frozen=True, kw_only=True):
    """What load was asked for."""

    users: Annotated[Count, Meta(description="At the same time, each with one scenario after another.")] = 0
    spawn_rate: Annotated[float, Meta(description="Users that begin in a second.")] = 1.0
    arrivals: Annotated[
        float | UnsetType,
        Meta(description="Iterations that begin in a second, whether earlier ones have ended or not."),
    ] = UNSET
    seconds: Annotated[float, Meta(ge=0)]
    workers: Annotated[Count, Meta(description="Processes that sent, beside this one.")] = 0


class LoadThreshold(Struct, frozen=True, kw_only=True):
    """One thing that must hold: `latency` of a percentile in milliseconds, `rate` of requests in a second,
    `error_share` of iterations."""

    check: Annotated[str, Meta(description="latency, rate or error_share.")]
    scope: Annotated[str, Meta(description="The scenario, or the contract with all its scenarios.")]
    scenarios: tuple[str, ...]
    percentile: float | UnsetType = UNSET
    limit: float
    location: Location = None


class LoadRequests(Struct, frozen=True, kw_only=True):
    """The requests of a scenario to an operation in a window."""

    scenario: str
    operation: str
    count: Count
    failed: Annotated[Count, Meta(description="Those of steps that are not passed.")] = 0
    bytes: Count = 0
    latency: Histogram = ()


class LoadIterations(Struct, frozen=True, kw_only=True):
    """How often a scenario ended so in a window."""

    scenario: str
    outcome: Outcome
    count: Count


class LoadBroken(Struct, frozen=True, kw_only=True):
    """What broke, and how often: steps of one scenario with the same broken check."""

    scenario: str
    step: str
    operation: str
    check: str
    outcome: Outcome
    message: str
    expected: Json = None
    actual: Json = None
    location: Location = None
    count: Count


class LoadOperation(Struct, frozen=True, kw_only=True):
    """All requests to an operation."""

    operation: str
    count: Count
    failed: Count
    bytes: Count
    rate: Annotated[float, Meta(description="Requests in a second.")]
    latency: Annotated[Mapping[str, Milliseconds], Meta(description="min, p50, p90, p95, p99, p99.9, max.")]


class LoadInterval(Struct, frozen=True, kw_only=True):
    """One window of time, of all workers."""

    at: str
    seconds: float
    users: Count
    count: Annotated[Count, Meta(description="Requests.")]
    failed: Count
    p95: Milliseconds | None = None


class LoadCheck(LoadThreshold, frozen=True, kw_only=True):
    """A threshold, judged. One of which nothing was measured is errored."""

    outcome: Outcome
    actual: float | None = None
    message: str = ""


class LoadResults(Struct, frozen=True, kw_only=True):
    """What was measured under load."""

    shape: LoadShape
    measured_seconds: float
    iterations: tuple[LoadIterations, ...] = ()
    left_out: Annotated[Mapping[str, str], Meta(description="Scenario -> why it was not part of the load.")] = {}
    operations: tuple[LoadOperation, ...] = ()
    intervals: tuple[LoadInterval, ...] = ()
    broken: tuple[LoadBroken, ...] = ()
    checks: tuple[LoadCheck, ...] = ()
