"""What happens during a run: one class for each type of ledger line (docs/design.md, Files of a run).

`type` names the class in the ledger, the fields are the line's payload. Every value is redacted already.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.results.load_rows import LoadBroken, LoadIterations, LoadRequests, LoadShape, LoadThreshold
from contracts_runner.results.rows import (
    AnswerRow,
    ArtifactHash,
    BrokenRow,
    Count,
    EarlierRow,
    EarlierRun,
    ExchangeRow,
    FaultRow,
    Finding,
    LeakRow,
    LoadRow,
    Milliseconds,
    Moment,
    OperationDescription,
    PropertyRow,
    ResponseRow,
    RunDescription,
    ScenarioDescription,
    StepRow,
    TableRows,
    Templates,
    Time,
    TokenRow,
    Violations,
    WarehouseRow,
)
from contracts_runner.results.shape_rows import AnswerShape, EarlierShape

Shape = Annotated[AnswerShape | UnsetType, Meta(description="Of a JSON answer; left out where it is not known.")]


def _name_type(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


class Event(Struct, frozen=True, kw_only=True, tag_field="type", tag=_name_type):
    """A line of the ledger."""

    @property
    def type(self) -> str:
        """Its name in the ledger: `step_finished` of StepFinished."""
        return str(self.__struct_config__.tag)

    def iter_free_values(self) -> Iterable[Json]:
        """Return what others gave in any form: it may hold numbers that JSON lacks."""
        return ()


class RunStarted(Event, frozen=True, kw_only=True):
    """The first line: what is run, and of what it is a part."""

    run: RunDescription
    scenarios: Annotated[tuple[ScenarioDescription, ...], Meta(description="The selected ones, in contract order.")]
    deselected: Annotated[Count, Meta(description="How many scenarios were not selected.")]
    operations: Annotated[tuple[OperationDescription, ...], Meta(description="All of the specs.")]
    warehouse_checks: Annotated[Count, Meta(description="How many are planned.")] = 0


class ShardStarted(Event, frozen=True, kw_only=True):
    """In a merged run: the first line of a part's ledger. The other lines of that follow as they were, but for `seq`
    and `prev`: with them anew, from 1, they have the head that the merged run names."""

    part: str
    started: Annotated[Mapping[str, Json], Meta(description="What that `run_started` held.")]


class RunResumed(Event, frozen=True, kw_only=True):
    """The run goes on in another process. Values that `redaction: hash` hides are not comparable with those before this
    line: its key was not kept."""

    command: str
    platform: str
    under_way: Annotated[
        tuple[str, ...],
        Meta(description="Scenarios that had sent something, and had not ended by themselves, when the run ended."),
    ] = ()
    again: Annotated[
        tuple[str, ...] | UnsetType,
        Meta(description="Those of them that are run from the first step, as writes to a sandbox have ended with it."),
    ] = UNSET
    templates: Templates = UNSET


class EarlierRunsRecorded(Event, frozen=True, kw_only=True):
    """What the complete runs of the environment before this one have found, as far as they are kept."""

    runs: Annotated[tuple[EarlierRun, ...], Meta(description="The oldest first.")]
    rows: tuple[EarlierRow, ...]
    latency: Annotated[
        Mapping[str, Milliseconds] | UnsetType,
        Meta(description="Operation -> p50 in the newest run here; left out where none was measured."),
    ] = UNSET


class EarlierShapesRecorded(Event, frozen=True, kw_only=True):
    """Which shapes answers had in runs of the environment before this one, of each operation since it last drifted."""

    shapes: tuple[EarlierShape, ...]


class BaselineRecorded(Event, frozen=True, kw_only=True):
    """--baseline: what was broken in an earlier run."""

    run: Annotated[str, Meta(description="Its id.")]
    environment: str
    started_at: Time
    head: Annotated[str, Meta(description="SHA-256 of the last line of its ledger.")]
    rows: tuple[BrokenRow, ...]


class PhaseFinished(Event, frozen=True, kw_only=True):
    """A phase whose parts cannot be distinguished afterwards has ended: a resumed run leaves it out."""

    phase: Phase


class EnvironmentRecorded(Event, frozen=True, kw_only=True):
    """Stage 1: the findings of the doctor."""

    findings: tuple[Finding, ...]


class RequestSent(Event, frozen=True, kw_only=True):
    """A request is about to leave: written before its first byte. Requests are counted here."""

    phase: Phase
    scenario: str | None = None
    step: str | None = None
    operation: str
    method: str
    url: Annotated[str, Meta(description="With the placeholders of its path: its values are not redacted yet.")]
    is_write: bool
    credential: Annotated[
        str | UnsetType, Meta(description="Whose token it is to get; left out for a request to an operation.")
    ] = UNSET


class ScenarioStarted(Event, frozen=True, kw_only=True):
    """A scenario begins."""

    scenario: str
    worker: Annotated[str | UnsetType, Meta(description="Which one of a cluster runs it.")] = UNSET


class StepFinished(Event, frozen=True, kw_only=True):
    """A step ended, sent or not."""

    scenario: str
    number: Annotated[int, Meta(description="From 1 within the scenario; cleanup steps go on counting.")]
    step: StepRow
    exchange: Annotated[
        ExchangeRow | None, Meta(description="What the artifact holds, with long bodies cut; null: nothing was sent.")
    ] = None
    artifact_sha256: ArtifactHash = UNSET
    shape: Shape = UNSET
    captured: Annotated[
        Mapping[str, Json], Meta(description="Captures that redaction leaves as they are: --resume goes on with them.")
    ] = {}
    withheld: Annotated[Mapping[str, str], Meta(description="Capture -> why its value is not recorded.")] = {}

    def iter_free_values(self) -> Iterable[Json]:
        yield self.captured
        for check in self.step.checks:
            yield check.expected
            yield check.actual


class ScenarioFinished(Event, frozen=True, kw_only=True):
    """A scenario ended; its cleanup is done."""

    scenario: str
    outcome: Outcome
    reason: str = ""
    duration_ms: Milliseconds


class PropertiesRestarted(Event, frozen=True, kw_only=True):
    """A resumed run tests operations anew whose generated requests had broken off: what was recorded of them before
    counts as requests only."""

    operations: Annotated[tuple[str, ...], Meta(description='"*" for what concerned all of them.')]


class PropertyExchange(Event, frozen=True, kw_only=True):
    """One generated request and its answer that is kept: each failing one, and a sample of the others."""

    operation: str
    case: str
    exchange: ExchangeRow
    artifact: str
    artifact_sha256: ArtifactHash = UNSET


class PropertyAnswered(Event, frozen=True, kw_only=True):
    """All complete answers that an operation gave to generated requests, counted by kind."""

    operation: str
    answers: tuple[AnswerRow, ...]


class PropertyFinished(Event, frozen=True, kw_only=True):
    """One check of one operation over all its generated examples. A check that looked at none has no row."""

    row: PropertyRow


class WarehouseSnapshot(Event, frozen=True, kw_only=True):
    """Tables were counted."""

    moment: Moment
    tables: TableRows
    note: Annotated[str, Meta(description="Why a table has no count.")] = ""
    scenario: Annotated[str, Meta(description="The one around which was counted; empty for the whole run.")] = ""


class WarehouseLoaded(LoadRow, Event, frozen=True, kw_only=True):
    """The environment's loader ran."""


class PageFetched(Event, frozen=True, kw_only=True):
    """The warehouse phase asked the API for one page of a list."""

    operation: str
    number: Annotated[int, Meta(description="Number of the page.")]
    pages: Annotated[Count | UnsetType, Meta(description="How many there are, as the first one said.")] = UNSET
    wait_seconds: Annotated[
        float | UnsetType, Meta(description="After how long it is asked for again, as a busy service said.")
    ] = UNSET
    auth: str | None = None
    response: ResponseRow | None = None
    success: bool | None = None
    error_code: str | None = None
    reason: Annotated[str, Meta(description="Why it is not a success, or why there is no response.")] = ""
    violations: Violations = UNSET
    exchange: ExchangeRow
    artifact: str
    artifact_sha256: ArtifactHash = UNSET
    shape: Shape = UNSET


class TokenRequested(TokenRow, Event, frozen=True, kw_only=True):
    """A token of a credential was asked for, or where tokens are. It is counted with all requests, and is no write."""

    exchange: ExchangeRow
    artifact_sha256: ArtifactHash = UNSET


class WarehouseCheckFinished(Event, frozen=True, kw_only=True):
    """A warehouse check ended."""

    row: WarehouseRow

    def iter_free_values(self) -> Iterable[Json]:
        return self.row.expected, self.row.actual


class LoadStarted(Event, frozen=True, kw_only=True):
    """Load begins: what was asked for, and what must hold of it."""

    shape: LoadShape
    thresholds: tuple[LoadThreshold, ...] = ()
    left_out: Annotated[Mapping[str, str], Meta(description="Scenario -> why it is not part of the load.")] = {}


class LoadMeasured(Event, frozen=True, kw_only=True):
    """A window of time of a load has ended, in one process. Its requests are counted here, where they leave."""

    worker: Annotated[str, Meta(description="The process that sent; empty for the one that writes this.")] = ""
    seconds: Annotated[float, Meta(ge=0, description="How long the window was.")]
    users: Count = 0
    sent: Annotated[Mapping[str, Count], Meta(description="Operation -> requests that left.")] = {}
    requests: tuple[LoadRequests, ...] = ()
    iterations: tuple[LoadIterations, ...] = ()
    broken: tuple[LoadBroken, ...] = ()


class LoadFailed(Event, frozen=True, kw_only=True):
    """A step under load that broke, with its exchange: the first ones of each kind."""

    worker: str = ""
    scenario: str
    step: StepRow
    exchange: ExchangeRow | None = None


class FaultRecorded(FaultRow, Event, frozen=True, kw_only=True):
    """Something broke that has no other row; the run does not end with exit code 0."""


class RunFinished(Event, frozen=True, kw_only=True):
    """A run that was not killed ends. After it come only what broke when its files were made, and the leaks in them."""

    is_interrupted: bool = False
    is_strict: Annotated[bool | UnsetType, Meta(description="--strict: `fixed` counts as failed.")] = UNSET


class LeaksFound(Event, frozen=True, kw_only=True):
    """The search for leaks ended, and found some; the run does not end with exit code 0."""

    leaks: tuple[LeakRow, ...]


# What may follow the end of a run.
Closing = FaultRecorded | LeaksFound


EVENTS: Mapping[str, type[Event]] = {_name_type(each.__name__): each for each in Event.__subclasses__()}
