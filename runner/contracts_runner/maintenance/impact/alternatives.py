"""Finds which alternative of a schema (`anyOf`, `oneOf`) is which of another one."""

from collections.abc import Iterator

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.impact.likeness import read_print
from contracts_runner.maintenance.impact.schema_views import Group, SchemaReader, View
from contracts_runner.model.json_pointer import Pointer, find_value, render_pointer


@dataclass(frozen=True, slots=True)
class Branches:
    """Alternatives side by side: those of both, and those that only one has."""

    old: Group
    new: Group
    both: tuple[tuple[Pointer, Pointer], ...]
    gone: tuple[Pointer, ...]
    came: tuple[Pointer, ...]
    old_reader: SchemaReader
    new_reader: SchemaReader

    def name_old(self, place: Pointer) -> str:
        """Return what one that is gone is called."""
        return self.old_reader.read_name(place) or f"what {render_pointer(place)} was"

    def name_new(self, place: Pointer) -> str:
        """Return what one that has come is called."""
        return self.new_reader.read_name(place) or f"what {render_pointer(place)} is"


def match_groups(old: View, new: View, old_reader: SchemaReader, new_reader: SchemaReader) -> Iterator[Branches]:
    """Yield the groups of two schemas in their order."""
    for before, after in zip(old.groups, new.groups, strict=False):
        yield _match(before, after, old_reader, new_reader)


def _match(old: Group, new: Group, old_reader: SchemaReader, new_reader: SchemaReader) -> Branches:
    gone, came = list(old.branches), list(new.branches)
    both: list[tuple[Pointer, Pointer]] = []
    for describe in (SchemaReader.read_name, _read_whole):
        for branch in tuple(gone):
            name = describe(old_reader, branch)
            fitting = [other for other in came if name and describe(new_reader, other) == name]
            if fitting:
                both.append((branch, fitting[0]))
                gone.remove(branch)
                came.remove(fitting[0])
    if len(gone) == len(came) == 1:
        # Where one of each is left, the one has become the other.
        both.append((gone.pop(), came.pop()))
    return Branches(old, new, tuple(both), tuple(gone), tuple(came), old_reader, new_reader)


def _read_whole(reader: SchemaReader, pointer: Pointer) -> str:
    return read_print(find_value(reader.document, pointer))
