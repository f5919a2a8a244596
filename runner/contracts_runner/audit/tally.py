"""Sorts the ledger's lines by what they are about. Of two lines about one thing the later counts, as a resumed run
needs it; only the first snapshot "before" stays, because the run's own writes came after it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import field

from contracts_runner.audit.chain import Line
from contracts_runner.audit.line_forms import RANKS
from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json

Row = Mapping[str, Json]
# What may follow the end of a run: found when its files were made.
_CLOSING = ("fault_recorded", "leaks_found")


@dataclass(slots=True)
class ScenarioRecord:
    """A selected scenario. `steps` are its `step_finished` lines by number; `closed` the `scenario_finished` one."""

    entry: Row
    is_opened: bool = False
    steps: dict[int, Line] = field(default_factory=dict)
    closed: Line | None = None


@dataclass(slots=True)
class Tally:
    """The lines of a run, sorted."""

    started: Line
    finished: Line | None = None  # `run_finished`, if nothing follows but what closes a run
    ends: int = 0  # `run_finished` lines
    resumed: list[Line] = field(default_factory=list)  # `run_resumed` lines
    count: int = 0  # lines that were taken
    earlier: Line | None = None  # `earlier_runs_recorded`
    baseline: Line | None = None  # `baseline_recorded`
    scenarios: dict[str, ScenarioRecord] = field(default_factory=dict)
    unselected: list[Line] = field(default_factory=list)  # lines of scenarios that were not selected
    requests: list[Line] = field(default_factory=list)
    snapshots: dict[str, Line] = field(default_factory=dict)
    scenario_snapshots: dict[str, dict[str, Line]] = field(default_factory=dict)  # scenario -> moment
    load: Line | None = None
    load_started: Line | None = None
    load_windows: list[Line] = field(default_factory=list)  # `load_measured`
    checks: dict[tuple[str, str], Row] = field(default_factory=dict)  # (table, id)
    pages: dict[str, Line] = field(default_factory=dict)  # artifact
    tokens: dict[str, Line] = field(default_factory=dict)  # artifact
    faults: list[Row] = field(default_factory=list)
    leaks: dict[str, Row] = field(default_factory=dict)  # each once, by its JSON
    properties: dict[str, Row] = field(default_factory=dict)  # id
    samples: dict[str, Line] = field(default_factory=dict)  # artifact -> property_exchange
    answers: dict[str, Line] = field(default_factory=dict)  # operation -> property_answered
    shards: list[Line] = field(default_factory=list)  # of a merged run: `shard_started` lines
    set_aside: list[tuple[str, ScenarioRecord]] = field(default_factory=list)  # what parts before have run already

    @property
    def run(self) -> Row:
        run: Row = self.started.row["run"]
        return run

    @property
    def templates(self) -> Mapping[str, str] | None:
        """The templates that its reports were made with at last: name -> SHA-256; None if it does not name them."""
        named: Mapping[str, str] | None = self.run.get("templates")
        for line in self.resumed:
            named = line.row.get("templates", named)
        return named

    @property
    def formats(self) -> list[str]:
        """The words of its reports, if it names them."""
        named: list[str] = (self.run.get("options") or {}).get("formats", [])
        return named

    @property
    def opened(self) -> dict[str, ScenarioRecord]:
        """The scenarios that began, in contract order."""
        return {name: record for name, record in self.scenarios.items() if record.is_opened}


def build_tally(lines: Iterable[Line]) -> Tally | None:
    """Return the sorted lines; None if they do not begin with `run_started`: then it is unknown what was run."""
    iterator = iter(lines)
    first = next(iterator, None)
    if first is None or first.type != "run_started":
        return None
    tally = Tally(started=first, count=1)
    tally.scenarios = {entry["id"]: ScenarioRecord(entry) for entry in first.row["scenarios"]}
    of_shards = 1 + sum(shard["lines"] for shard in tally.run.get("shards", ()))
    for line in iterator:
        tally.count += 1
        if line.number <= of_shards and line.type in ("run_finished", "run_resumed"):
            continue  # a part has ended, or went on
        if line.type not in _CLOSING:
            tally.finished = None
        _take(tally, line)
    _choose_worst(tally)
    return tally


def _choose_worst(tally: Tally) -> None:
    """Of a scenario that several parts of a merged run needed the worst counts, of equal ones the first."""
    for place, (name, earlier) in reversed([*enumerate(tally.set_aside)]):
        current = tally.scenarios[name]
        if earlier.closed and (current.closed is None or _rank(earlier) <= _rank(current)):
            tally.scenarios[name], tally.set_aside[place] = earlier, (name, current)


def _rank(record: ScenarioRecord) -> int:
    return RANKS.index(record.closed.row["outcome"]) if record.closed else len(RANKS)


def _begin_shard(tally: Tally, line: Line) -> None:
    tally.shards.append(line)
    opened = tally.opened
    tally.set_aside += opened.items()
    tally.scenarios |= {name: ScenarioRecord(record.entry) for name, record in opened.items()}


def _take(tally: Tally, line: Line) -> None:
    row = line.row
    match line.type:
        case "scenario_started" | "step_finished" | "scenario_finished":
            record = tally.scenarios.get(row["scenario"])
            if record is None:
                tally.unselected.append(line)
            else:
                _take_scenario(record, line)
        case "request_sent":
            tally.requests.append(line)
        case "warehouse_snapshot" if row.get("scenario"):
            tally.scenario_snapshots.setdefault(row["scenario"], {})[row["moment"]] = line
        case "warehouse_snapshot" if row["moment"] == "before":
            tally.snapshots.setdefault("before", line)
        case "warehouse_snapshot":
            tally.snapshots["after"] = line
        case "earlier_runs_recorded":
            tally.earlier = line
        case "load_started":
            tally.load_started = line
        case "load_measured":
            tally.load_windows.append(line)
        case "baseline_recorded":
            tally.baseline = line
        case "warehouse_loaded":
            tally.load = line
        case "warehouse_check_finished":
            tally.checks[row["row"]["table"], row["row"]["id"]] = row["row"]
        case "page_fetched":
            tally.pages[row["artifact"]] = line
        case "token_requested":
            tally.tokens[row["artifact"]] = line
        case "property_exchange":
            tally.samples[row["artifact"]] = line
        case "properties_restarted":
            again = frozenset(row["operations"])
            tally.answers = {name: each for name, each in tally.answers.items() if name not in again}
            tally.properties = {key: each for key, each in tally.properties.items() if each["operation"] not in again}
        case "property_answered":
            tally.answers[row["operation"]] = line
        case "property_finished":
            tally.properties[row["row"]["id"]] = row["row"]
        case "fault_recorded":
            tally.faults.append(row)
        case "leaks_found":
            tally.leaks |= {json.dumps(leak, sort_keys=True): leak for leak in row["leaks"]}
        case "shard_started":
            _begin_shard(tally, line)
        case "run_resumed":
            tally.resumed.append(line)
            # Some of them had ended with steps that an interrupt kept back.
            for record in map(tally.scenarios.get, row.get("under_way", ())):
                if record is not None:
                    record.closed = None
        case "run_finished":
            tally.finished = line
            tally.ends += 1


def _take_scenario(record: ScenarioRecord, line: Line) -> None:
    match line.type:
        case "scenario_started":
            # One that a resumed run begins again: its earlier steps count as requests only.
            record.is_opened = True
            record.closed = None
            record.steps.clear()
        case "step_finished":
            record.steps[line.row["number"]] = line
        case _:
            record.closed = line
