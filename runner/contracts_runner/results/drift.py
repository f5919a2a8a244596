"""Drift: what the answers of an operation had otherwise than those of an earlier run, whatever the spec allows.

Told is only what the counts of both runs show, of answers with the same status and media type, successes apart:

appeared   a member that no object had before, and that every object has now
vanished   a member that every object had before, and that none has now
retyped    no value has a type that one had before: null, empty arrays and what redaction wrote say nothing of a type,
           integer and number are one
nullable   never null before, and always now; not_null the reverse: in at least MANY values of each run

Both runs must have asked the same question, one step of one scenario or one page, at least; where they have not, each
must have looked at MANY. So a member that comes and goes is no drift, nor is one that other questions do not meet.
Members of an object whose names are keys come and go; of answers that were not looked at whole nothing is told to be
missing.
"""

from collections.abc import Iterable, Iterator, Mapping

from msgspec import UNSET, structs

from contracts_runner.dataclass import dataclass
from contracts_runner.results.shape_fold import open_shape
from contracts_runner.results.shape_rows import (
    EACH,
    MOST_ASKING,
    MOST_PLACES,
    DriftKind,
    DriftRow,
    EarlierShape,
    Key,
    PlaceRow,
    ShapeRow,
    ShapeType,
)

MANY = 20
_SILENT = frozenset({ShapeType.NULL, ShapeType.EMPTY_ARRAY})
_ALIKE: Mapping[str, str] = {ShapeType.INTEGER: ShapeType.NUMBER}
# What hidden values may be.
_WRITTEN: Mapping[str, str] = dict.fromkeys((ShapeType.STRING, ShapeType.NUMBER), ShapeType.HIDDEN)
_NOTHING = PlaceRow(types={})


def find_drift(before: Iterable[ShapeRow], after: Iterable[ShapeRow]) -> Iterator[DriftRow]:
    """Yield what is otherwise in the shapes `after`, in their order; nothing of what only one of them has asked."""
    known = {key_of(row): row for row in before}
    for row in after:
        if (earlier := known.get(key_of(row))) is not None:
            yield from _Pair(earlier, row).find()


def find_drift_since(earlier: Iterable[EarlierShape], after: Iterable[ShapeRow]) -> Iterator[DriftRow]:
    """Yield what is otherwise than in earlier runs."""
    known = {key_of(each): each for each in earlier}
    for row in after:
        if (kept := known.get(key_of(row))) is not None:
            drift = _Pair(open_shape(kept), row).find()
            yield from (structs.replace(each, run=kept.run, at=kept.at) for each in drift)


def key_of(row: ShapeRow | EarlierShape | DriftRow) -> Key:
    """Return what a row is about."""
    return row.operation, row.status, row.media_type, row.success


def join_shapes(earlier: ShapeRow, later: ShapeRow) -> ShapeRow:
    """Return the shape of the answers of both."""
    places = {**earlier.places, **later.places}
    both = {place: _join(earlier.places.get(place, _NOTHING), later.places.get(place, _NOTHING)) for place in places}
    return structs.replace(
        later,
        answers=earlier.answers + later.answers,
        asked_by=tuple(dict.fromkeys((*later.asked_by, *earlier.asked_by)))[:MOST_ASKING],
        places=dict([*both.items()][:MOST_PLACES]),
        left_out=(earlier.left_out or 0) + (later.left_out or 0) or UNSET,
        cut=(earlier.cut or 0) + (later.cut or 0) + (len(both) > MOST_PLACES) or UNSET,
    )


def _join(one: PlaceRow, other: PlaceRow) -> PlaceRow:
    types = {str(word): count for word in ShapeType if (count := one.types.get(word, 0) + other.types.get(word, 0))}
    return PlaceRow(types=types, texts=max(one.texts or 0, other.texts or 0) or UNSET)


@dataclass(frozen=True, slots=True)
class _Pair:
    before: ShapeRow
    after: ShapeRow

    def find(self) -> Iterator[DriftRow]:
        least = 1 if {*self.before.asked_by} & {*self.after.asked_by} else MANY
        for place in {**self.after.places, **self.before.places}:
            before, after = (row.places.get(place, _NOTHING).types for row in (self.before, self.after))
            objects = _count_objects(self.before, place), _count_objects(self.after, place)
            values = sum(before.values()), sum(after.values())
            if min(objects) >= least and self._is_telling(place) and (kind := _compare_presence(values, objects)):
                yield self._build(place, kind, objects)
            elif min(_count_typed(before), _count_typed(after)) >= least and _is_retyped(before, after):
                yield self._build(place, DriftKind.RETYPED, values)
            elif min(values) >= MANY and (kind := _compare_nulls(before, after, values)):
                yield self._build(place, kind, values)

    def _is_telling(self, place: str) -> bool:
        """Tell whether it means something that a member is not there."""
        is_whole = not (self.before.cut or self.after.cut)
        each = f"{place.rpartition('/')[0]}/{EACH}"
        return is_whole and each not in self.before.places and each not in self.after.places

    def _build(self, place: str, kind: DriftKind, of: tuple[int, int]) -> DriftRow:
        before, after = (row.places.get(place, _NOTHING).types for row in (self.before, self.after))
        return DriftRow(
            operation=self.after.operation,
            status=self.after.status,
            media_type=self.after.media_type,
            success=self.after.success,
            place=place,
            change=kind,
            before=before,
            before_of=of[0],
            after=after,
            after_of=of[1],
        )


def _count_objects(row: ShapeRow, place: str) -> int:
    """Return in how many objects a member could be."""
    parent = row.places.get(place.rpartition("/")[0], _NOTHING) if place else _NOTHING
    return parent.types.get(ShapeType.OBJECT, 0)


def _compare_presence(values: tuple[int, int], objects: tuple[int, int]) -> DriftKind | None:
    if values == (0, objects[1]):
        return DriftKind.APPEARED
    return DriftKind.VANISHED if values == (objects[0], 0) else None


def _count_typed(types: Mapping[str, int]) -> int:
    return sum(count for word, count in types.items() if word not in _SILENT)


def _is_retyped(before: Mapping[str, int], after: Mapping[str, int]) -> bool:
    kinds = [{_ALIKE.get(word, word) for word in types if word not in _SILENT} for types in (before, after)]
    if any(ShapeType.HIDDEN in each for each in kinds):
        kinds = [{_WRITTEN.get(kind, kind) for kind in each} for each in kinds]
    return kinds[0].isdisjoint(kinds[1])


def _compare_nulls(before: Mapping[str, int], after: Mapping[str, int], values: tuple[int, int]) -> DriftKind | None:
    match before.get(ShapeType.NULL, 0), after.get(ShapeType.NULL, 0):
        case 0, now if now == values[1]:
            return DriftKind.NULLABLE
        case was, 0 if was == values[0]:
            return DriftKind.NOT_NULL
    return None
