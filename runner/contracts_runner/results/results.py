"""The results of a run: the form of results.json, the fold of the ledger."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, assert_never

from msgspec import UNSET, Meta, Struct, UnsetType

from contracts_runner.model.json import Json
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.model.spec import Evidence
from contracts_runner.results.load_rows import LoadResults
from contracts_runner.results.rows import (
    Artifact,
    Count,
    EndpointState,
    FaultRow,
    Finding,
    LeakRow,
    LoadRow,
    Location,
    Milliseconds,
    Moment,
    PropertyRow,
    RunFacts,
    ScenarioRow,
    TableRows,
    Time,
    TokenRow,
    WarehouseRow,
)
from contracts_runner.results.shape_rows import DriftRow, ShapeRow
from contracts_runner.results.since import SinceRow


class RunRow(RunFacts, frozen=True, kw_only=True):
    """The run."""

    started_at: Time
    resumed_at: Annotated[
        tuple[Time, ...], Meta(description="When another process went on with the run, once for each time.")
    ] = ()
    complete: Annotated[bool, Meta(description="The ledger ends as that of an uninterrupted run.")] = False
    interrupted: bool = False
    strict: Annotated[bool | UnsetType, Meta(description="`fixed` counts as failed; left out if not.")] = UNSET
    finished_at: Time | None = None


class Counts(Struct, frozen=True, kw_only=True):
    """How many rows have each outcome, in the order of the enum."""

    passed: Count = 0
    failed: Count = 0
    errored: Count = 0
    known: Count = 0
    fixed: Count = 0
    blocked: Count = 0
    skipped: Count = 0
    total: Count = 0
    warnings: Annotated[
        Count | UnsetType, Meta(description="Failed or errored with `severity: warning`; in `total` alone.")
    ] = UNSET

    quarantined: Annotated[
        Count | UnsetType, Meta(description="Scenarios in quarantine, whatever their outcome is; in `total` alone.")
    ] = UNSET

    def __getitem__(self, outcome: Outcome) -> int:
        """Return how many rows have an outcome."""
        count: int = getattr(self, outcome)
        return count


class Totals(Struct, frozen=True, kw_only=True):
    """The counts of each phase; requests are counted where they leave, in all phases."""

    scenarios: Counts
    properties: Counts
    warehouse: Counts
    requests_sent: Count = 0
    writes_sent: Count = 0

    def __getitem__(self, phase: Phase) -> Counts:
        """Return the counts of a phase."""
        match phase:
            case Phase.SCENARIOS:
                return self.scenarios
            case Phase.PROPERTIES:
                return self.properties
            case Phase.WAREHOUSE:
                return self.warehouse
            case _:
                assert_never(phase)


class SnapshotNotes(Struct, frozen=True, kw_only=True):
    """null: that snapshot was not taken; else why tables are missing or without a count, perhaps empty."""

    before: str | None = None
    after: str | None = None

    def __getitem__(self, moment: Moment) -> str | None:
        """Return the note of a moment."""
        return self.before if moment is Moment.BEFORE else self.after


class Snapshots(Struct, frozen=True, kw_only=True):
    """The row counts of two moments."""

    before: TableRows = {}
    after: TableRows = {}

    def __getitem__(self, moment: Moment) -> Mapping[str, int | None]:
        """Return the counts of a moment."""
        return self.before if moment is Moment.BEFORE else self.after


class ScenarioCounts(Struct, frozen=True, kw_only=True):
    """Counts around a scenario that names tables, where the environment has `snapshot: each`."""

    id: str
    notes: SnapshotNotes = SnapshotNotes()
    snapshots: Snapshots = Snapshots()


class Warehouse(Struct, frozen=True, kw_only=True):
    """The warehouse phase."""

    planned: Annotated[Count, Meta(description="Checks that the run was to make.")] = 0
    notes: SnapshotNotes = SnapshotNotes()
    snapshots: Snapshots = Snapshots()
    scenarios: tuple[ScenarioCounts, ...] = ()
    load: LoadRow | None = None
    checks: tuple[WarehouseRow, ...] = ()


class LatencyRow(Struct, frozen=True, kw_only=True):
    """Milliseconds over the recorded responses of an operation; percentiles are nearest-rank."""

    operation: str
    count: Annotated[int, Meta(ge=1)]
    min: Milliseconds
    p50: Milliseconds
    p90: Milliseconds
    p99: Milliseconds
    max: Milliseconds


class EndpointRow(Struct, frozen=True, kw_only=True):
    """What the traffic shows about an operation."""

    operation: str
    spec: Annotated[str | None, Meta(description="null: only a contract names the operation.")] = None
    method: str | None = None
    path: str | None = None
    evidence: Evidence | None = None
    state: EndpointState
    statuses: Annotated[tuple[int, ...], Meta(extra_json_schema={"uniqueItems": True})] = ()
    instead: str | None = None


class NeverAccepted(Struct, frozen=True, kw_only=True):
    """An operation that accepted no generated request: nothing is known of what it does with one."""

    operation: str
    because: Annotated[str, Meta(description="The answers that came, as in `only 401 came`.")]


class Discrepancy(Struct, frozen=True, kw_only=True):
    """A scenario whose recorded outcome is not what its recorded steps add up to."""

    scenario: str
    recorded: Outcome
    recomputed: Outcome


class CauseExample(Struct, frozen=True, kw_only=True):
    """The first row of a cause that shows it."""

    id: str
    step: Annotated[int | None, Meta(description="Its number in the scenario.")] = None
    check: str = ""
    message: str = ""
    expected: Json = None
    actual: Json = None
    path: str | None = None
    location: Location = None
    artifact: Artifact = None


class CauseRow(Struct, frozen=True, kw_only=True):
    """What is wrong once, and how many rows show it. Each failed or errored row is of exactly one cause."""

    key: Annotated[str, Meta(description="The same in the next run for the same cause.")]
    phase: Annotated[Phase | None, Meta(description="Of its first row; null: the run as a whole.")]
    outcome: Outcome
    title: str
    count: Annotated[Count, Meta(description="Rows: checks, and what has none.")]
    ids: Annotated[
        tuple[str, ...],
        Meta(description="Scenarios, property rows, warehouse checks, or what broke of the run, each once."),
    ]
    blocked: Annotated[
        Count,
        Meta(description="Scenarios that were not run because one of these did not pass; checks that wait for a load."),
    ] = 0
    places: Annotated[
        tuple[str, ...],
        Meta(
            description="Where it is wrong, each once: file and line of the document that says so, else operation and"
            " path."
        ),
    ] = ()
    example: CauseExample


class BaselineRow(Struct, frozen=True, kw_only=True):
    """A row that is broken as it was in the baseline."""

    phase: Phase
    id: str
    outcome: Outcome


class Baseline(Struct, frozen=True, kw_only=True):
    """--baseline: an earlier run, and what is broken now as it was there: that does not decide the exit code."""

    run: Annotated[str, Meta(description="Its id.")]
    environment: str
    started_at: Time
    head: Annotated[str, Meta(description="SHA-256 of the last line of its ledger.")]
    rows: tuple[BaselineRow, ...]


class LedgerFacts(Struct, frozen=True, kw_only=True):
    """The ledger that was folded."""

    lines: Annotated[int, Meta(ge=1)]


class Results(Struct, frozen=True, kw_only=True):
    """results.json of a run, version 2: the fold of its ledger. Version 1 is read, too."""

    schema_version: Literal[1, 2] = 2
    run: RunRow
    totals: Totals
    selected: Annotated[Count, Meta(description="Scenarios that the run was to execute.")] = 0
    deselected: Annotated[Count, Meta(description="Scenarios of the project that were not selected.")] = 0
    not_started: Annotated[
        tuple[str, ...], Meta(description="Selected scenarios that never began; they have no row.")
    ] = ()
    environment: tuple[Finding, ...] = ()
    scenarios: tuple[ScenarioRow, ...] = ()
    properties: tuple[PropertyRow, ...] = ()
    since: Annotated[
        tuple[SinceRow, ...] | UnsetType,
        Meta(description="What is not as it was in earlier runs, or broke before; left out if there are none."),
    ] = UNSET
    baseline: Annotated[Baseline | UnsetType, Meta(description="Only of a run with --baseline.")] = UNSET
    never_accepted: Annotated[
        tuple[NeverAccepted, ...] | UnsetType,
        Meta(description="Operations that accepted no generated request; not there where no answer was counted."),
    ] = UNSET
    warehouse: Warehouse = Warehouse()
    tokens: Annotated[
        tuple[TokenRow, ...] | UnsetType,
        Meta(description="Requests for tokens, which are in `requests_sent`; left out if there were none."),
    ] = UNSET
    load: Annotated[LoadResults | UnsetType, Meta(description="Only of `contracts load`.")] = UNSET
    latency: tuple[LatencyRow, ...] = ()
    endpoints: tuple[EndpointRow, ...] = ()
    shapes: Annotated[
        tuple[ShapeRow, ...] | UnsetType,
        Meta(description="Which values JSON answers had where; left out if no answer was recorded whole."),
    ] = UNSET
    drift: Annotated[
        tuple[DriftRow, ...] | UnsetType,
        Meta(description="What answers had otherwise than in earlier runs; left out where those have no shapes."),
    ] = UNSET
    discrepancies: tuple[Discrepancy, ...] = ()
    causes: Annotated[
        tuple[CauseRow, ...],
        Meta(description="What is wrong, each thing once: failed before errored, then by the number of rows."),
    ] = ()
    faults: Annotated[
        tuple[FaultRow, ...] | UnsetType, Meta(description="What broke and has no other row; left out if nothing did.")
    ] = UNSET
    leaks: Annotated[
        tuple[LeakRow, ...] | UnsetType,
        Meta(description="Where secrets or personal values were found; left out if nowhere."),
    ] = UNSET
    ledger: LedgerFacts
    head: Annotated[
        str | UnsetType, Meta(description="SHA-256 of the ledger's last line; not there in runs of 0.1.0.")
    ] = UNSET

    def list_rows(self, phase: Phase) -> Sequence[ScenarioRow | PropertyRow | WarehouseRow]:
        """Return the rows of a phase."""
        match phase:
            case Phase.SCENARIOS:
                return self.scenarios
            case Phase.PROPERTIES:
                return self.properties
            case Phase.WAREHOUSE:
                return self.warehouse.checks
            case _:
                assert_never(phase)
