"""Compares which properties two schemas have, and which of them must be there."""

from collections.abc import Iterator
from dataclasses import field

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.impact.differences import Difference, Order
from contracts_runner.maintenance.impact.likeness import match_renamed, read_print
from contracts_runner.maintenance.impact.schema_views import SchemaReader, View
from contracts_runner.model.json_pointer import Pointer, find_value
from contracts_runner.openapi.dialect import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """The properties of both, as (old name, new name), those that only one has, and what differs."""

    both: list[tuple[str, str]]
    gone: list[str]
    came: list[str]
    differences: list[Difference] = field(default_factory=list)


def compare_members(old: View, new: View, old_reader: SchemaReader, new_reader: SchemaReader) -> Members:
    """Return which properties of two schemas are the same."""
    gone = [name for name in old.properties if name not in new.properties]
    came = [name for name in new.properties if name not in old.properties]

    def is_same(name: str, other: str) -> bool:
        prints = [
            [read_print(find_value(reader.document, pointer)) for pointer in view.properties[each]]
            for reader, view, each in ((old_reader, old, name), (new_reader, new, other))
        ]
        return prints[0] == prints[1] and (name in old.required) == (other in new.required)

    def is_placed(name: str, other: str) -> bool:
        return list(old.properties).index(name) == list(new.properties).index(other)

    renamed = match_renamed(gone, came, is_same, is_placed) if gone and came else {}
    gone = [name for name in gone if name not in renamed]
    came = [name for name in came if name not in renamed.values()]
    both = [(name, renamed.get(name, name)) for name in old.properties if name in new.properties or name in renamed]
    members = _Comparison(old, new, old_reader, new_reader)
    differences = [found for name, other in both for found in members.compare(name, other)]
    differences += [members.remove(name) for name in gone]
    differences += [members.add(name) for name in came]
    differences += members.compare_undescribed()
    return Members(both=both, gone=gone, came=came, differences=differences)


@dataclass(frozen=True, slots=True)
class _Comparison:
    old: View
    new: View
    old_reader: SchemaReader
    new_reader: SchemaReader

    def remove(self, name: str) -> Difference:
        """Return that a property is gone."""
        return Difference(
            what="property-removed",
            order=Order.CHANGED,
            text="is removed",
            old=self.old.properties[name][0],
            member=name,
            is_deep=True,
            only=_find_only(self.old_reader.open(*self.old.properties[name])),
        )

    def add(self, name: str) -> Difference:
        """Return that a property has come."""
        is_required = name in self.new.required
        return Difference(
            what="required-property-added" if is_required else "property-added",
            order=Order.NARROWED if is_required else Order.HARMLESS,
            text="is added and required" if is_required else "is added",
            new=self.new.properties[name][0],
            member=name,
            is_deep=True,
            is_of_parent=is_required,
            only=_find_only(self.new_reader.open(*self.new.properties[name])),
        )

    def compare(self, name: str, other: str) -> Iterator[Difference]:
        """Yield what differs in a property as a member of its object."""
        old, new = self.old_reader.open(*self.old.properties[name]), self.new_reader.open(*self.new.properties[other])
        place = self.new.properties[other][0]
        if name != other:
            yield Difference(
                what="property-renamed",
                order=Order.CHANGED,
                text=f"is called '{other}' now",
                new=place,
                member=name,
                renamed=other,
                is_deep=True,
                only=_find_only(new),
            )
        yield from self._compare_required(name, other, old, new)
        yield from self._compare_marks(other, old, new)

    def _compare_required(self, name: str, other: str, old: View, new: View) -> Iterator[Difference]:
        was, is_now = name in self.old.required, other in self.new.required
        if was == is_now:
            return
        only = _find_only(old) or _find_only(new)
        place = self.new.properties[other][0]
        if is_now:
            yield Difference(
                what="property-became-required",
                order=Order.NARROWED,
                text="is required",
                new=place,
                member=other,
                is_deep=True,
                is_of_parent=True,
                only=only,
            )
        else:
            yield Difference(
                what="property-became-optional",
                order=Order.WIDENED,
                text="is no longer required",
                new=place,
                member=other,
                is_deep=True,
                only=only,
            )

    def _compare_marks(self, other: str, old: View, new: View) -> Iterator[Difference]:
        place = self.new.properties[other][0]
        is_required = other in self.new.required
        for keyword, word, hidden_from, order in (
            ("readOnly", "read-only", "request", Order.NARROWED),
            ("writeOnly", "write-only", "response", Order.WIDENED),
        ):
            was, is_now = old.is_marked(keyword), new.is_marked(keyword)
            if was == is_now:
                continue
            # What comes into requests must be sent from now on.
            returned = Order.NARROWED if hidden_from == "request" and is_required else Order.HARMLESS
            yield Difference(
                what=f"property-became-{word}" if is_now else f"property-became-not-{word}",
                order=order if is_now else returned,
                text=f"is {word}" if is_now else f"is no longer {word}",
                new=place,
                member=other,
                is_deep=True,
                is_of_parent=not is_now and is_required,
            )

    def compare_undescribed(self) -> Iterator[Difference]:
        """Yield the required members that no schema describes."""
        described = self.old.properties.keys() | self.new.properties.keys()
        for name, place in self.new.required.items():
            if name not in self.old.required and name not in described:
                yield _build_undescribed(name, "became-required", Order.NARROWED, "is required", new=place)
        for name, place in self.old.required.items():
            if name not in self.new.required and name not in described:
                yield _build_undescribed(name, "became-optional", Order.WIDENED, "is no longer required", old=place)


def _build_undescribed(
    name: str, how: str, order: Order, text: str, *, old: Pointer | None = None, new: Pointer | None = None
) -> Difference:
    return Difference(
        what=f"property-{how}",
        order=order,
        text=text,
        old=old,
        new=new,
        member=name,
        is_deep=True,
        is_of_parent=new is not None,
    )


def _find_only(view: View) -> Direction | None:
    """Return the one direction that a property is in."""
    if view.is_marked("readOnly"):
        return "response"
    return "request" if view.is_marked("writeOnly") else None
