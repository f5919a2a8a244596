"""Row counts before and after the load, side by side; what nobody counted stays empty."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts_runner.model.json import Json


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


def build_snapshot_rows(warehouse: Mapping[str, Json]) -> list[SnapshotRow]:
    """Return a row for each table of either snapshot, in the order of the snapshots; those of scenarios come last."""
    return [row for counts in (warehouse, *warehouse["scenarios"]) for row in _build_rows(counts)]


def _build_rows(counts: Mapping[str, Json]) -> list[SnapshotRow]:
    before, after = (counts["snapshots"][moment] for moment in ("before", "after"))
    scenario = counts.get("id", "")
    return [
        SnapshotRow(
            scenario=scenario,
            table=table,
            before=before.get(table),
            after=after.get(table),
            note=_render_note(table, counts),
        )
        for table in {**before, **after}
    ]


def explain_absence(warehouse: Mapping[str, Json]) -> str:
    """Return in words why there are no counts at all, "" if there are some."""
    snapshots, notes = warehouse["snapshots"], warehouse["notes"]
    if snapshots["before"] or snapshots["after"] or warehouse["scenarios"]:
        return ""
    stated = dict.fromkeys(note for note in notes.values() if note)
    if stated:
        return "; ".join(stated)
    if all(note is None for note in notes.values()):
        return "not measured: no snapshot was taken in this run"
    return "not measured: the snapshots name no table"


def _render_note(table: str, warehouse: Mapping[str, Json]) -> str:
    missing = [_render_missing(table, moment, warehouse) for moment in ("before", "after")]
    return "; ".join(filter(None, missing))


def _render_missing(table: str, moment: str, warehouse: Mapping[str, Json]) -> str:
    snapshot, note = warehouse["snapshots"][moment], warehouse["notes"][moment]
    event = "the scenario" if "id" in warehouse else "the load"
    if snapshot.get(table) is not None:
        return ""
    if note is None:
        return f"no snapshot {moment} {event}"
    return f"not counted {moment} {event}" + (f": {note}" if note else "")
