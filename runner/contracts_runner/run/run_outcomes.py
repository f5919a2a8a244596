"""The outcomes of a run, read from its files at little cost: of results.json only the few members that are needed are
made."""

from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.evidence.ledger import MAX_LINE_BYTES
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.results.drift import join_shapes, key_of
from contracts_runner.results.events import EarlierRunsRecorded, EarlierShapesRecorded, Event
from contracts_runner.results.lines import UnknownEvent, decode, parse_event, parse_head
from contracts_runner.results.rows import OUTCOME_LETTERS, EarlierRun
from contracts_runner.results.shape_fold import close_shape, open_shape
from contracts_runner.results.shape_rows import DriftRow, EarlierShape, ShapeRow
from contracts_runner.run.runs import open_part

_MOST_BYTES = 64 * 1024 * 1024
_MOST_ROWS = 100_000
_LONGEST = 500
_LETTERS = frozenset(OUTCOME_LETTERS.values())

# (phase, id) -> the letter of the outcome.
Letters = dict[tuple[Phase, str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOutcomes:
    """What a run has found."""

    run: EarlierRun
    is_complete: bool
    is_simulated: bool
    letters: Letters
    durations: Mapping[str, float]  # scenario -> milliseconds
    latency: Mapping[str, float]  # operation -> p50 in milliseconds
    shapes: tuple[ShapeRow, ...]
    drift: tuple[DriftRow, ...]


class _Row(Struct, frozen=True):
    id: str
    outcome: Outcome
    duration_ms: float | None = None


class _Checks(Struct, frozen=True):
    checks: tuple[_Row, ...] = ()


class _Run(Struct, frozen=True):
    id: Annotated[str, Meta(max_length=_LONGEST)]
    started_at: Annotated[str, Meta(max_length=_LONGEST)]
    complete: bool
    simulated: bool = False


class _Latency(Struct, frozen=True):
    operation: str
    p50: float


class _Results(Struct, frozen=True):
    run: _Run
    scenarios: tuple[_Row, ...] = ()
    properties: tuple[_Row, ...] = ()
    warehouse: _Checks = _Checks()
    latency: tuple[_Latency, ...] = ()
    shapes: tuple[ShapeRow, ...] = ()
    drift: tuple[DriftRow, ...] = ()


_RESULTS = msgspec.json.Decoder(_Results)


def read_outcomes(run: Path) -> RunOutcomes:
    """Return what results.json of a folder or an archive says. Raises RunFolderError, MisfitError."""
    with open_part(run, "results.json") as file:
        raw = file.read(_MOST_BYTES + 1)
    if len(raw) > _MOST_BYTES:
        raise RunFolderError(f"its results.json is larger than {_MOST_BYTES} bytes")
    results: _Results = decode(raw, _RESULTS)
    rows = {
        Phase.SCENARIOS: results.scenarios,
        Phase.PROPERTIES: results.properties,
        Phase.WAREHOUSE: results.warehouse.checks,
    }
    found = ((phase, row.id, OUTCOME_LETTERS[row.outcome]) for phase in Phase for row in rows[phase])
    return RunOutcomes(
        run=EarlierRun(id=results.run.id, started_at=results.run.started_at),
        is_complete=results.run.complete,
        is_simulated=results.run.simulated,
        durations={row.id: row.duration_ms for row in results.scenarios[:_MOST_ROWS] if row.duration_ms is not None},
        shapes=results.shapes,
        drift=results.drift,
        latency={row.operation: row.p50 for row in results.latency[:_MOST_ROWS] if len(row.operation) <= _LONGEST},
        letters={(phase, name): letter for phase, name, letter in islice(found, _MOST_ROWS) if len(name) <= _LONGEST},
    )


def iter_recorded(run: Path) -> Iterator[tuple[EarlierRun, Letters]]:
    """Yield the runs that the ledger of a run holds, the newest first. Raises RunFolderError, MisfitError."""
    event = next((event for event in _read_beginning(run) if isinstance(event, EarlierRunsRecorded)), None)
    if event is None:
        return
    for index in reversed(range(len(event.runs))):
        letters = {(row.phase, row.id): row.outcomes[index : index + 1] for row in event.rows}
        yield event.runs[index], {key: letter for key, letter in letters.items() if letter in _LETTERS}


def read_shapes(run: Path, outcomes: RunOutcomes) -> list[EarlierShape]:
    """Return the shapes that answers have had up to a run: of what has drifted in it, or was never asked before, its
    own; of what it has not asked those that its ledger holds; of the others both. Raises RunFolderError, MisfitError.
    """
    recorded = (event.shapes for event in _read_beginning(run) if isinstance(event, EarlierShapesRecorded))
    shapes = {key_of(row): row for row in next(recorded, ())}
    drifted = {key_of(row) for row in outcomes.drift}
    for row in outcomes.shapes[:_MOST_ROWS]:
        key = key_of(row)
        joined = join_shapes(open_shape(shapes[key]), row) if key in shapes and key not in drifted else row
        shapes[key] = close_shape(joined, outcomes.run.id, outcomes.run.started_at)
    return [*shapes.values()]


def _read_beginning(run: Path) -> list[Event | UnknownEvent]:
    """Return what a ledger has between its first line and the first one of a phase: in the second and third line, or in
    those of its first part."""
    with open_part(run, LEDGER) as ledger:
        _, *lines = (ledger.readline(MAX_LINE_BYTES) for _ in range(4))
    return [parse_event(raw, str(parse_head(raw).type)) for raw in lines if raw]
