"""What happens during a run: one dataclass for each type of ledger line (docs/design.md, Files of a run).

Every value in an event is redacted already and JSON-ready: rows are plain dictionaries in the very form that
results.json has, so that the fold only sorts and counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from contracts_runner.model.json import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A line of the ledger; `type` names it there, the fields are its payload."""

    type: ClassVar[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted(Event):
    """The first line. `run`: id, environment, base_url, simulated, started_at, seed, tool_version, git_commit,
    spec_sha256, command, platform, jobs, writes, redaction, phases, files, variables_sha256, `templates` (name ->
    SHA-256 of the files that reports are made with), and `options`, the command line of the run as `--resume` takes it
    up. `scenarios`: the selected ones in contract order, each {id, title, contract, tags, source, location}.
    `deselected`: how many were not selected.
    `operations`: all of the specs, each {operation, spec, method, path, effect, evidence, instead}.
    `contracts_sha256`: file -> SHA-256 of what was read."""

    type: ClassVar[str] = "run_started"
    run: Mapping[str, Json]
    scenarios: tuple[Mapping[str, Json], ...]
    deselected: int
    operations: tuple[Mapping[str, Json], ...]
    warehouse_checks: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResumed(Event):
    """The run goes on in another process. `under_way`: the scenarios that had begun, and had sent something, when the
    run ended. Values that `redaction: hash` hides are not comparable with those before this line: its key is gone.
    `templates`: as in the first line; the reports at the end are made with these."""

    type: ClassVar[str] = "run_resumed"
    command: str
    platform: str
    under_way: tuple[str, ...]
    templates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseFinished(Event):
    """A phase whose parts cannot be told apart afterwards has ended: a resumed run leaves it out."""

    type: ClassVar[str] = "phase_finished"
    phase: str  # properties, warehouse


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentRecorded(Event):
    """Stage 1: the findings of the doctor, each {name, value, status: ok|problem|info, detail}."""

    type: ClassVar[str] = "environment_recorded"
    findings: tuple[Mapping[str, Json], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSent(Event):
    """A request is about to leave: written before its first byte, by whoever sends it. Requests are counted here.
    `url` has the placeholders of its path: the values are recorded, redacted, when the step has finished."""

    type: ClassVar[str] = "request_sent"
    phase: str  # scenarios, properties, warehouse
    scenario: str | None
    step: str | None
    operation: str
    method: str
    url: str
    is_write: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioStarted(Event):
    """A scenario begins."""

    type: ClassVar[str] = "scenario_started"
    scenario: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFinished(Event):
    """A step ended, sent or not. `number` is 1-based within the scenario, cleanup steps go on counting.
    `step`: the row of results.json {name, operation, request: {method, url} | None, response: {status, media_type,
    bytes, latency_ms} | None, outcome, reason, cleanup, artifact | None, attempts,
    checks: [{check, outcome, expected, actual, message, path, location}]}.
    `exchange`: the recorded exchange {request: {method, url, headers, body}, response: {status, headers, body,
    truncated} | None, problem, timings: {first_byte_ms, total_ms} | None}, None when nothing was sent;
    it is what the artifact holds, except that long bodies are cut here.
    `captured`: the step's captures that redaction leaves as they are, which is what `--resume` goes on with;
    `withheld`: capture -> why its value may not stand here."""

    type: ClassVar[str] = "step_finished"
    scenario: str
    number: int
    step: Mapping[str, Json]
    exchange: Mapping[str, Json] | None
    captured: Mapping[str, Json] = field(default_factory=dict)
    withheld: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioFinished(Event):
    """A scenario ended; its cleanup is done."""

    type: ClassVar[str] = "scenario_finished"
    scenario: str
    outcome: str
    reason: str
    duration_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyExchange(Event):
    """One generated request and its answer that is kept: each failing one, and a sample of the others.
    `exchange` as in StepFinished; `artifact` its file."""

    type: ClassVar[str] = "property_exchange"
    operation: str
    case: str
    exchange: Mapping[str, Json]
    artifact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyFinished(Event):
    """One check of one operation over all its generated examples; `row` is that of results.json {id, operation, check,
    outcome, reason, examples, failure: {code, title, message, curl, steps, artifacts} | None}. `examples` counts the
    exchanges that the check really looked at: a check that looked at none has no row."""

    type: ClassVar[str] = "property_finished"
    row: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseSnapshot(Event):
    """Row counts at `moment` "before" or "after": table -> rows, None where nothing was counted; `note` says why.

    `scenario`: the one around which was counted, "" for the whole run.
    """

    type: ClassVar[str] = "warehouse_snapshot"
    moment: str
    tables: Mapping[str, int | None]
    note: str = ""
    scenario: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseLoaded(Event):
    """The environment's loader ran. `rows`: table -> rows written, as the loader says."""

    type: ClassVar[str] = "warehouse_loaded"
    outcome: str
    message: str
    rows: Mapping[str, int] = field(default_factory=dict)
    duration_ms: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFetched(Event):
    """The warehouse phase asked the API for one page of a list; `number` is the page. `response`: {status, media_type,
    bytes, latency_ms} | None, `success`, `error_code`, `auth`, `exchange` and `artifact` as in StepFinished; `reason`
    says why it is no success, or why there is no response."""

    type: ClassVar[str] = "page_fetched"
    operation: str
    number: int
    auth: str
    response: Mapping[str, Json] | None
    success: bool | None
    error_code: str | None
    reason: str
    exchange: Mapping[str, Json]
    artifact: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseCheckFinished(Event):
    """A warehouse check ended: {id, table, check, outcome, expected, actual, message, sql, location}."""

    type: ClassVar[str] = "warehouse_check_finished"
    row: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished(Event):
    """The last line of a complete run."""

    type: ClassVar[str] = "run_finished"
    is_interrupted: bool = False
