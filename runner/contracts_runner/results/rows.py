"""The rows of a run: what a line of the ledger and results.json hold about one thing, one class for each.

Texts and values are redacted before a row is made. A row that an older version wrote is read with the defaults here;
members that this version does not know are left out.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from contracts_runner.model.checks import CheckName
from contracts_runner.model.environment import RedactionMode, WritePolicy
from contracts_runner.model.exchange import Place
from contracts_runner.model.json import Json, Plain
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.model.spec import Effect, Evidence
from contracts_runner.model.warehouse import name_place
from contracts_runner.results.traffic_rows import TrafficFile
from contracts_runner.words import Word

Count = Annotated[int, Meta(ge=0)]
Milliseconds = Annotated[float, Meta(ge=0)]
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Location = Annotated[str | None, Meta(description="file:line, relative to the project.")]
Artifact = Annotated[str | None, Meta(description="Path of the artifact within the run's folder.")]
ArtifactHash = Annotated[
    str | UnsetType, Meta(description="SHA-256 of the artifact's bytes; not there in runs of 0.1.0.")
]
Templates = Annotated[
    Mapping[str, str] | UnsetType, Meta(description="Name -> SHA-256 of the files that reports are made with.")
]
# Table -> rows.
TableRows = Annotated[
    Mapping[str, Count | None], Meta(description="Table -> rows; null where nothing could be counted.")
]


class Moment(StrEnum):
    """When tables are counted: before or after the load, or a scenario."""

    BEFORE = "before"
    AFTER = "after"


class FindingStatus(StrEnum):
    """What a finding of the doctor means: `problem` is what keeps a run from its work."""

    OK = "ok"
    PROBLEM = "problem"
    INFO = "info"


class EndpointState(Word):
    """What the traffic shows of an operation. Of several exchanges the best state counts: reachable before missing,
    denied, error."""

    REACHABLE = "reachable", "The operation answered, with a success or with what none of the words below is."
    MISSING = "missing", "The service has no such route, or no such resource."
    DENIED = "denied", "Each request was refused (401, 403)."
    ERROR = "error", "Each request came to another error, or to no answer."
    NEVER_PROBED = "never_probed", "No request of it has left."


class RequestRow(Struct, frozen=True, kw_only=True):
    """The request of a step."""

    method: str
    url: str


class ResponseRow(Struct, frozen=True, kw_only=True):
    """The response to a step's last attempt, or to a page."""

    status: int
    media_type: Annotated[str | None, Meta(description="In lower case, without parameters.")] = None
    bytes: Annotated[Count | None, Meta(description="Size of the body after decompression.")] = None
    latency_ms: Annotated[Milliseconds | None, Meta(description="From the first byte sent to the last received.")] = (
        None
    )


class ViolationRow(Struct, frozen=True, kw_only=True):
    """What does not hold, in words that are the same in the next run: by them failures with one cause are found."""

    keyword: Annotated[
        str,
        Meta(
            description="Of JSON Schema; `value`: it is another one; `header`: it is missing; `unreadable`: the body is"
            " no data; `x-error-code`: the document has none; the name of a relation."
        ),
    ]
    property: Annotated[str, Meta(description="The name that is missing, unexpected or has the value.")] = ""
    path: Annotated[str, Meta(description="JSONPath of its object or of the value, `[*]` for each index.")] = ""
    place: Annotated[str, Meta(description="File and line of the document that says so.")] = ""
    found: Annotated[str, Meta(description="Type of JSON Schema of the value.")] = ""
    wanted: Annotated[str, Meta(description="The format that the value should have.")] = ""


Violations = Annotated[
    tuple[ViolationRow, ...] | UnsetType, Meta(description="What does not hold, each kind once; left out if unknown.")
]


class CheckRow(Struct, frozen=True, kw_only=True):
    """One rule applied to one answer."""

    # Text, so that the names of other versions are read too.
    check: Annotated[str, Meta(description=f"Name of the rule: {', '.join(CheckName)}.")] = ""
    outcome: Outcome
    expected: Json = None
    actual: Json = None
    message: str = ""
    path: Annotated[str | None, Meta(description="JSONPath or header that was looked at.")] = None
    location: Location = None
    violations: Violations = UNSET


class StepRow(Struct, frozen=True, kw_only=True):
    """One step of a scenario."""

    number: Annotated[int, Meta(description="From 1; cleanup steps go on counting.")] = 0
    name: str = ""
    operation: Annotated[str, Meta(description="operationId, else METHOD /path.")] = ""
    auth: Annotated[str | None, Meta(description="Name of the credential; none, invalid.")] = None
    cleanup: bool = False
    request: Annotated[RequestRow | None, Meta(description="null: none was built.")] = None
    response: Annotated[ResponseRow | None, Meta(description="null: nothing was sent, or nothing came back.")] = None
    success: Annotated[bool | None, Meta(description="By status and x-success; null without a response.")] = None
    error_code: Annotated[str | None, Meta(description="The one that x-error-code points to.")] = None
    outcome: Outcome
    reason: str = ""
    attempts: Annotated[Count, Meta(description="0: nothing was sent.")] = 1
    schema_checked: Annotated[
        bool,
        Meta(description="false: the contract says `schema: false`, so the response was not checked against the spec."),
    ] = True
    artifact: Artifact = None
    checks: Sequence[CheckRow] = ()
    left_out: Annotated[
        bool | UnsetType, Meta(description="`when` left it out: it takes no part in the outcome of its scenario.")
    ] = UNSET


class TokenRow(Struct, frozen=True, kw_only=True):
    """A request for the token of a credential."""

    credential: str
    number: Annotated[int, Meta(description="From 1 within the run.")]
    phase: Phase
    request: RequestRow
    response: Annotated[ResponseRow | None, Meta(description="null: nothing came back.")] = None
    reason: Annotated[str, Meta(description="Why the answer is no token; empty if it is one.")] = ""
    artifact: str


QUARANTINED = "quarantined"


class SourceRow(Struct, frozen=True, kw_only=True):
    """The sentence of a document that a scenario comes from."""

    document: str
    section: str = ""


class QuarantineRow(Struct, frozen=True, kw_only=True):
    """Why a scenario is told apart, and decides nothing."""

    owner: str
    because: str
    until: Annotated[str, Meta(description="The last day.", extra_json_schema={"format": "date"})]


class ScenarioDescription(Struct, frozen=True, kw_only=True):
    """A selected scenario."""

    id: str
    title: str
    contract: str
    tags: tuple[str, ...] = ()
    source: SourceRow | None = None
    location: Location = None
    of: Annotated[str | UnsetType, Meta(description="The scenario of whose table it is an item.")] = UNSET
    needed_by: Annotated[
        tuple[str, ...] | UnsetType,
        Meta(description="The scenarios that need it: it is run once before them, selected or not."),
    ] = UNSET
    quarantine: Annotated[
        QuarantineRow | UnsetType, Meta(description="It is flaky, and is counted apart, whatever its outcome is.")
    ] = UNSET


class ScenarioRow(ScenarioDescription, frozen=True, kw_only=True):
    """One scenario that began."""

    outcome: Outcome
    reason: str = ""
    duration_ms: Annotated[Milliseconds | None, Meta(description="null: the scenario did not finish.")] = None
    steps: tuple[StepRow, ...] = ()


class TakenRow(Struct, frozen=True, kw_only=True):
    """Where a request has a value that an answer before it gave."""

    placement: Place
    name: Annotated[str, Meta(description="Of the parameter, or of the member of the body; `/` leads further in.")]
    source: Annotated[str, Meta(description="The name of the value in the answer.")] = ""


class PropertyStepRow(Struct, frozen=True, kw_only=True):
    """One request of a property's failure."""

    operation: str
    method: str
    url: str
    status: Annotated[int | None, Meta(description="null: no response.")] = None
    curl: Annotated[str, Meta(description="A command that sends it again.")] = ""
    taken: Annotated[
        tuple[TakenRow, ...] | UnsetType, Meta(description="What of it earlier answers gave, where that is known.")
    ] = UNSET


class PropertyFailure(Struct, frozen=True, kw_only=True):
    """The smallest example of one defect; other defects of the same check have their own rows."""

    code: Annotated[str, Meta(description="Schemathesis's stable code of the defect.")] = ""
    title: str = ""
    message: str = ""
    curl: Annotated[str, Meta(description="A command that sends the last request again.")] = ""
    steps: tuple[PropertyStepRow, ...] = ()
    artifacts: Annotated[tuple[str, ...], Meta(description="One for each step.")] = ()
    violations: Violations = UNSET


class PropertyRow(Struct, frozen=True, kw_only=True):
    """One check of one operation over all its generated examples, or one defect that it found."""

    id: str
    operation: Annotated[str, Meta(description="* for all of them.")] = ""
    check: str = ""
    outcome: Outcome
    reason: str = ""
    examples: Annotated[Count, Meta(description="Exchanges that the check looked at.")] = 0
    failure: PropertyFailure | None = None


class AnswerRow(Struct, frozen=True, kw_only=True):
    """How often the property phase had one kind of answer from an operation."""

    status: int
    media_type: Annotated[str | None, Meta(description="In lower case, without parameters.")] = None
    success: Annotated[bool, Meta(description="By status and x-success.")]
    error_code: Annotated[str | None, Meta(description="The one that x-error-code points to.")] = None
    auth: Annotated[
        str | None, Meta(description="none, invalid: sent so on purpose; null: with the credentials of the operation.")
    ] = None
    count: Annotated[int, Meta(ge=1)]


WARNING = "warning"


class PagesRow(Struct, frozen=True, kw_only=True):
    """The requests for pages of the API that a check looked at; checks that ask the same have the same."""

    count: Count
    first: Annotated[str, Meta(description="Artifact of the first one.")]
    last: Annotated[str, Meta(description="Artifact of the last one.")]


class WarehouseRow(Struct, frozen=True, kw_only=True):
    """One warehouse check."""

    id: str
    table: str = ""
    check: Annotated[str, Meta(description="Its kind.")] = ""
    outcome: Outcome
    expected: Json = None
    actual: Json = None
    message: str = ""
    sql: Annotated[str | None, Meta(description="Each SELECT that was run.")] = None
    location: Location = None
    figure: Annotated[
        str | UnsetType,
        Meta(description="The number of rows, the age in seconds or the sum: what `against: previous` compares with."),
    ] = UNSET
    severity: Annotated[
        str | UnsetType, Meta(description="`warning`: failed and errored fail nothing without --strict.")
    ] = UNSET
    warehouse: Annotated[str | UnsetType, Meta(description="The name of the one that the table is in.")] = UNSET
    pages: Annotated[PagesRow | UnsetType, Meta(description="Only of a check that asked the API.")] = UNSET
    columns: Annotated[
        tuple[str, ...] | UnsetType, Meta(description="Columns with other values than the API has; left out for none.")
    ] = UNSET

    @property
    def place(self) -> str:
        """The table as a person reads it, with its warehouse where that has a name."""
        return name_place(self.warehouse or "", self.table)

    @property
    def is_warning(self) -> bool:
        """True where something is wrong that fails nothing."""
        return self.severity == WARNING and self.outcome.traits.is_broken


class Finding(Struct, frozen=True):
    """One fact of the environment, as the doctor finds it."""

    name: str
    value: str = ""
    status: FindingStatus = FindingStatus.INFO
    detail: str = ""


class LoadRow(Struct, frozen=True, kw_only=True):
    """The environment's loader ran."""

    outcome: Outcome
    message: str = ""
    rows: Annotated[Mapping[str, Count], Meta(description="Table -> rows written, as the loader says.")] = {}
    duration_ms: Milliseconds = 0.0


# Where a fault is that ended the phases of the run.
RUN_BROKE = "run"


class FaultRow(Struct, frozen=True, kw_only=True):
    """A fault that no other row of the run holds: of a hook, of a listener, of a report, of the run itself."""

    where: Annotated[
        str,
        Meta(description="What broke: hook sandbox.app, hook prepare, environment, listener, a report, publish, run."),
    ]
    message: str
    location: Location = None


class LeakRow(Struct, frozen=True, kw_only=True, order=True):
    """A secret or a personal value in a file of the run, or in what it printed; never the value."""

    file: Annotated[
        str, Meta(description="Relative to the run's folder; archive.zip!member within an archive; stdout, stderr.")
    ]
    line: Annotated[Count, Meta(description="From 1; 0 for the file's name.")]
    kind: Annotated[str, Meta(description="secret or personal value.")]
    name: Annotated[str, Meta(description="The secret's, or the length of the value.")]

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else f"the name of {self.file}"
        return f"{place}: {self.kind} {self.name}"


# Outcome -> how EarlierRow writes it.
OUTCOME_LETTERS: Mapping[Outcome, str] = {
    Outcome.PASSED: "P",
    Outcome.FAILED: "F",
    Outcome.ERRORED: "E",
    Outcome.KNOWN: "K",
    Outcome.FIXED: "X",
    Outcome.BLOCKED: "B",
    Outcome.SKIPPED: "S",
}
NO_ROW = "."


class EarlierRun(Struct, frozen=True, kw_only=True):
    """A complete run before this one."""

    id: str
    started_at: Time


class EarlierRow(Struct, frozen=True, kw_only=True):
    """What earlier runs have found of one row."""

    phase: Phase
    id: str
    outcomes: Annotated[
        str,
        Meta(
            description="A letter for each of the runs: "
            + ", ".join(f"{letter} {outcome}" for outcome, letter in OUTCOME_LETTERS.items())
            + f", {NO_ROW} no row."
        ),
    ]


class BrokenRow(Struct, frozen=True, kw_only=True):
    """A row that failed or errored."""

    phase: Phase
    id: str
    outcome: Outcome
    signs: Annotated[tuple[str, ...], Meta(description="What is broken in it, and where.")] = ()


class SentMessage(Struct, frozen=True, kw_only=True):
    """A request as it was recorded."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    truncated: Annotated[bool, Meta(description="The body is cut; the artifact has the rest.")] = False


class ReceivedMessage(Struct, frozen=True, kw_only=True):
    """A response as it was recorded."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str | None = None
    bytes: Annotated[Count | None, Meta(description="Size of the body as received, after decompression.")] = None
    sha256: Annotated[str | None, Meta(description="Of the whole redacted body, in UTF-8.")] = None
    body: str | None = None
    truncated: Annotated[bool, Meta(description="The body is cut; the artifact has the rest.")] = False


class TimingsRow(Struct, frozen=True, kw_only=True):
    """Milliseconds since the first byte of the request left."""

    first_byte_ms: Milliseconds | None = None
    total_ms: Milliseconds | None = None
    connect_ms: Annotated[
        Milliseconds | UnsetType,
        Meta(description="What it took before that to open the connection; left out for one that was open already."),
    ] = UNSET


class ExchangeRow(Struct, frozen=True, kw_only=True):
    """A request and its response, redacted. Without a response `problem` says why."""

    success: Annotated[bool | UnsetType, Meta(description="Only of a sample that shows how an operation answers.")] = (
        UNSET
    )
    error_code: Annotated[str | UnsetType | None, Meta(description="Beside `success`.")] = UNSET
    request: SentMessage
    response: ReceivedMessage | None = None
    problem: str = ""
    timings: TimingsRow | None = None


class OperationDescription(Struct, frozen=True, kw_only=True):
    """An operation of a spec."""

    operation: Annotated[str, Meta(description="operationId, else METHOD /path.")]
    spec: Annotated[str | None, Meta(description="Its key in contracts.yaml.")] = None
    method: str | None = None
    path: str | None = None
    effect: Effect | None = None
    evidence: Evidence | None = None
    instead: Annotated[str | None, Meta(description="What to use instead (x-instead).")] = None


class ShardRow(Struct, frozen=True, kw_only=True):
    """Which part of a selection a run is (--shard)."""

    part: Annotated[str, Meta(description="I/N: the I-th of N.")]
    split: Annotated[str, Meta(description="SHA-256 of what each part has: those of one split have the same.")]


class MergedShard(Struct, frozen=True, kw_only=True):
    """A run that is a part of a merged one."""

    part: Annotated[str, Meta(description="I/N: the I-th of N.")]
    id: str
    head: Annotated[str, Meta(description="SHA-256 of the last line of its ledger.")]
    lines: Annotated[int, Meta(ge=1, description="Of its ledger.")]


class RunFacts(Struct, frozen=True, kw_only=True):
    """What a run is, as far as it is known when it begins."""

    id: str
    environment: str
    base_url: str | None = None
    simulated: Annotated[bool, Meta(description="Against a sandbox: says nothing about production.")] = False
    seed: int | None = None
    tool_version: str | None = None
    git_commit: str | None = None
    spec_sha256: Annotated[str | None, Meta(description="Of the spec; of the hashes of several specs.")] = None
    command: str | None = None
    platform: str | None = None
    jobs: Annotated[int, Meta(ge=1)] | None = None
    writes: WritePolicy | None = None
    redaction: RedactionMode | None = None
    phases: tuple[Phase, ...] | None = None
    folder: Annotated[
        str | UnsetType,
        Meta(description="Where its files are, from where it was started; left out for a folder elsewhere."),
    ] = UNSET
    project: Annotated[
        str | UnsetType,
        Meta(description="As `--project` has it, from where it was started; left out without that option."),
    ] = UNSET
    language: Annotated[str | UnsetType, Meta(description="Of its reports, as `--lang` has it; left out: en.")] = UNSET
    files: Annotated[
        Mapping[str, str] | None, Meta(description="The project's files that were read, with their SHA-256.")
    ] = None
    shard: Annotated[ShardRow | UnsetType, Meta(description="Only of a run that is a part.")] = UNSET
    shards: Annotated[
        tuple[MergedShard, ...] | UnsetType, Meta(description="Only of a merged run: the parts, in their order.")
    ] = UNSET
    observed: Annotated[
        tuple[TrafficFile, ...] | UnsetType,
        Meta(description="The files of recorded traffic that were judged: nothing was sent; left out of other runs."),
    ] = UNSET


class RunDescription(RunFacts, frozen=True, kw_only=True):
    """The run in the first line of a ledger."""

    templates: Templates = UNSET
    variables_sha256: Annotated[str | None, Meta(description="Of the environment's variables, redacted.")] = None
    options: Annotated[Mapping[str, Plain] | None, Meta(description="The command line, for --resume.")] = None
