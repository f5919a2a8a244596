"""Row counts before and after the load, side by side; what was not counted stays empty."""

from contracts_runner.dataclass import dataclass
from contracts_runner.reporting.phrases import ENGLISH, Phrases
from contracts_runner.results.results import ScenarioCounts, Warehouse
from contracts_runner.results.rows import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRow:
    """A table's counts; None was not counted, and `note` says which count is missing. `scenario`: the one around
    which was counted, "" for the load."""

    scenario: str = ""
    table: str
    before: int | None
    after: int | None
    note: str

    @property
    def delta(self) -> int | None:
        """Rows after minus rows before, if both were counted."""
        return None if self.before is None or self.after is None else self.after - self.before


def build_snapshot_rows(warehouse: Warehouse, phrases: Phrases = ENGLISH) -> list[SnapshotRow]:
    """Return a row for each table of either snapshot, in the order of the snapshots; those of scenarios come last."""
    counted: list[Warehouse | ScenarioCounts] = [warehouse, *warehouse.scenarios]
    return [row for counts in counted for row in _build_rows(counts, phrases)]


def _build_rows(counts: Warehouse | ScenarioCounts, phrases: Phrases) -> list[SnapshotRow]:
    before, after = counts.snapshots.before, counts.snapshots.after
    scenario = counts.id if isinstance(counts, ScenarioCounts) else ""
    return [
        SnapshotRow(
            scenario=scenario,
            table=table,
            before=before.get(table),
            after=after.get(table),
            note="; ".join(filter(None, (_render_missing(table, moment, counts, phrases) for moment in Moment))),
        )
        for table in {**before, **after}
    ]


def explain_absence(warehouse: Warehouse, phrases: Phrases) -> str:
    """Return in words why there are no counts at all, "" if there are some."""
    snapshots, notes = warehouse.snapshots, [warehouse.notes[moment] for moment in Moment]
    if snapshots.before or snapshots.after or warehouse.scenarios:
        return ""
    stated = dict.fromkeys(note for note in notes if note)
    if stated:
        return "; ".join(stated)
    if all(note is None for note in notes):
        return phrases("not measured: no snapshot was taken in this run")
    return phrases("not measured: the snapshots name no table")


def _render_missing(table: str, moment: Moment, counts: Warehouse | ScenarioCounts, phrases: Phrases) -> str:
    snapshot, note = counts.snapshots[moment], counts.notes[moment]
    if snapshot.get(table) is not None:
        return ""
    is_around, is_before = isinstance(counts, ScenarioCounts), moment is Moment.BEFORE
    if is_around:
        when = phrases("before the scenario") if is_before else phrases("after the scenario")
    else:
        when = phrases("before the load") if is_before else phrases("after the load")
    if note is None:
        return phrases("no snapshot %(when)s", when=when)
    return phrases("not counted %(when)s", when=when) + (f": {note}" if note else "")
