"""Compares how two schemas tell their alternatives apart."""

from collections.abc import Iterator, Mapping

from contracts_runner.maintenance.impact.differences import Difference, Order
from contracts_runner.maintenance.impact.schema_views import View
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer


def compare_discriminators(old: View, new: View) -> Iterator[Difference]:
    """Yield what differs in the discriminators."""
    before, after = old.find_last("discriminator"), new.find_last("discriminator")
    if before is None or after is None:
        if after:
            text, order = "is told apart by a discriminator", Order.NARROWED
            yield Difference(what="discriminator-added", order=order, text=text, new=after[1], is_deep=True)
        elif before:
            text, order = "is no longer told apart by a discriminator", Order.WIDENED
            yield Difference(what="discriminator-removed", order=order, text=text, old=before[1], is_deep=True)
        return
    names = [_get(found[0], "propertyName") for found in (before, after)]
    if names[0] != names[1]:
        text = f"is told apart by '{names[1]}', not by '{names[0]}'"
        yield Difference(
            what="discriminator-property-changed",
            order=Order.CHANGED,
            text=text,
            old=before[1],
            new=after[1],
            is_deep=True,
        )
    yield from _compare_mappings(before, after)


def _compare_mappings(before: tuple[Json, Pointer], after: tuple[Json, Pointer]) -> Iterator[Difference]:
    had, has = (_read_mapping(found[0]) for found in (before, after))
    for name in had.keys() - has.keys():
        yield _build_mapping(
            "removed", Order.NARROWED, f"has no kind '{name}' any more", old=(*before[1], "mapping", name)
        )
    for name in has.keys() - had.keys():
        yield _build_mapping("added", Order.WIDENED, f"may be of the kind '{name}'", new=(*after[1], "mapping", name))
    for name in sorted(had.keys() & has.keys()):
        if _tail(had[name]) != _tail(has[name]):
            text = f"of the kind '{name}' is a {_tail(has[name])}, not a {_tail(had[name])}"
            yield _build_mapping("changed", Order.CHANGED, text, new=(*after[1], "mapping", name))


def _read_mapping(discriminator: Json) -> dict[str, Json]:
    """Return the kinds that are called otherwise than their schemas, as all others are without being named."""
    mapping = _get(discriminator, "mapping")
    return {name: value for name, value in mapping.items() if name != _tail(value)} if isinstance(mapping, dict) else {}


def _build_mapping(
    how: str, order: Order, text: str, *, old: Pointer | None = None, new: Pointer | None = None
) -> Difference:
    return Difference(what=f"discriminator-mapping-{how}", order=order, text=text, old=old, new=new, is_deep=True)


def _tail(reference: Json) -> str:
    return str(reference).rpartition("/")[2]


def _get(value: Json, key: str) -> Json:
    return value.get(key) if isinstance(value, Mapping) else None
