"""At which place of a document a member belongs that several schemas of its objects could have."""

from collections.abc import Mapping

from contracts_runner.maintenance.learning.learned_schemas import Members, Notes
from contracts_runner.maintenance.learning.learned_shapes import Shape
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, find_value

Owners = tuple[Pointer, ...]


def choose_places(members: Members, notes: Notes, document: Json) -> dict[Pointer, dict[str, Shape]]:
    """Return place -> the members that are missing there, each at as few places as can be: one that all schemas with a
    common part have is of that part, one that only some have is of those."""
    chosen: dict[Pointer, dict[str, Shape]] = {}
    by_name: dict[str, dict[Owners, Shape]] = {}
    for (owners, name), shape in members.items():
        by_name.setdefault(name, {})[owners] = shape
    for name, shapes in by_name.items():
        while shapes:
            place = _choose_place(name, shapes, notes, document)
            for owners in [owners for owners in shapes if place in owners]:
                chosen.setdefault(place, {}).setdefault(name, Shape.of(name)).merge(shapes.pop(owners))
    return chosen


def count_objects(objects: Mapping[Owners, int], place: Pointer) -> int:
    """Return how many objects a schema described."""
    return sum(count for owners, count in objects.items() if place in owners)


def _choose_place(name: str, shapes: Mapping[Owners, Shape], notes: Notes, document: Json) -> Pointer:
    """Return the place that explains most: where all kinds of objects of a schema have the member, and of such places
    that of the most objects; of equal ones that which wants the member, or has most members already."""
    candidates = dict.fromkeys(place for owners in shapes for place in owners)
    common = [place for place in candidates if _is_common(name, place, notes)] or list(candidates)

    def rank(place: Pointer) -> tuple[int, bool, int]:
        schema = find_value(document, place)
        coverage = sum(shape.count for owners, shape in shapes.items() if place in owners)
        return coverage, _wants(schema, name), len(schema.get("properties", ()))

    return max(common, key=rank)


def _is_common(name: str, place: Pointer, notes: Notes) -> bool:
    return all((owners, name) in notes.named for owners in notes.objects if place in owners)


def _wants(schema: Mapping[str, Json], name: str) -> bool:
    """Tell whether a schema requires a member, and those that it requires are mostly its own."""
    required, own = schema.get("required", ()), schema.get("properties", ())
    return name in required and sum(each in own for each in required) >= (len(required) - 1) / 2
