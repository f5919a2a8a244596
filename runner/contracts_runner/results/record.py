"""Sorts the lines of a ledger by what they are about; judges nothing."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from contracts_runner.errors import RunFolderError
from contracts_runner.model.json import Json

Row = Mapping[str, Json]


@dataclass(slots=True)
class RunRecord:
    """The lines of one run. A resumed run says some things twice: then the later line counts, except that the first
    snapshot "before" stays, because the run's own writes came after it."""

    started: Row
    lines: int = 0
    resumed: list[Row] = field(default_factory=list)
    finished: Row | None = None  # the last line of the ledger, if that is `run_finished`
    findings: list[Row] = field(default_factory=list)
    opened: set[str] = field(default_factory=set)  # scenarios that began
    closed: dict[str, Row] = field(default_factory=dict)  # scenario -> its `scenario_finished`
    steps: dict[str, dict[int, Row]] = field(default_factory=dict)  # scenario -> number -> `step_finished`
    requests: Counter[str] = field(default_factory=Counter)  # operation -> requests that left
    writes: int = 0
    sent_steps: set[tuple[str | None, str | None]] = field(default_factory=set)  # (scenario, step)
    snapshots: dict[str, Row] = field(default_factory=dict)  # "before", "after"
    scenario_snapshots: dict[str, dict[str, Row]] = field(default_factory=dict)  # scenario -> the same
    load: Row | None = None
    warehouse_rows: dict[tuple[str, str], Row] = field(default_factory=dict)  # (table, id) -> row
    pages: dict[str, Row] = field(default_factory=dict)  # artifact -> `page_fetched`
    property_rows: dict[str, Row] = field(default_factory=dict)  # id -> row
    property_exchanges: dict[str, Row] = field(default_factory=dict)  # artifact -> `property_exchange`

    def exchange(self, scenario: str, number: int) -> Row | None:
        """Return the recorded exchange of a step, None when nothing was sent."""
        line = self.steps.get(scenario, {}).get(number)
        exchange: Row | None = line["exchange"] if line else None
        return exchange


def read_record(lines: Iterable[Row]) -> RunRecord:
    """Sort the lines. Types that this version does not know are counted and otherwise left alone.

    Raises RunFolderError when the first line is not `run_started`: then nothing says what was run.
    """
    iterator = iter(lines)
    first = next(iterator, None)
    if first is None or first["type"] != "run_started":
        raise RunFolderError("the ledger does not begin with a run_started line: there is no run to report on")
    record = RunRecord(started=first, lines=1)
    for line in iterator:
        record.lines += 1
        record.finished = None
        _take_line(record, line)
    return record


def _take_line(record: RunRecord, line: Row) -> None:
    match line["type"]:
        case "request_sent":
            record.requests[line["operation"]] += 1
            record.writes += bool(line["is_write"])
            record.sent_steps.add((line["scenario"], line["step"]))
        case "scenario_started":
            record.opened.add(line["scenario"])
            record.closed.pop(line["scenario"], None)
        case "step_finished":
            record.steps.setdefault(line["scenario"], {})[line["number"]] = line
        case "scenario_finished":
            record.closed[line["scenario"]] = line
        case "run_resumed":
            record.resumed.append(line)
        case "environment_recorded":
            record.findings = list(line["findings"])
        case "warehouse_snapshot" if line.get("scenario"):
            record.scenario_snapshots.setdefault(line["scenario"], {})[line["moment"]] = line
        case "warehouse_snapshot" if line["moment"] == "before":
            record.snapshots.setdefault("before", line)
        case "warehouse_snapshot":
            record.snapshots[line["moment"]] = line
        case "warehouse_loaded":
            record.load = line
        case "warehouse_check_finished":
            row = line["row"]
            record.warehouse_rows[row["table"], row["id"]] = row
        case "page_fetched":
            record.pages[line["artifact"]] = line
        case "property_exchange":
            record.property_exchanges[line["artifact"]] = line
        case "property_finished":
            record.property_rows[line["row"]["id"]] = line["row"]
        case "run_finished":
            record.finished = line
