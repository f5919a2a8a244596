"""Compares what two schemas say of a value itself: types, values, bounds, formats, annotations."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from contracts_runner.maintenance.impact.bound_differences import compare_bounds
from contracts_runner.maintenance.impact.differences import Difference, Order, find_order, name_keyword
from contracts_runner.maintenance.impact.discriminator_differences import compare_discriminators
from contracts_runner.maintenance.impact.schema_views import View
from contracts_runner.maintenance.lint.schema_paths.shapes import describe_types
from contracts_runner.model.json import Json, is_equal
from contracts_runner.model.json_pointer import Pointer
from contracts_runner.openapi.explain_text import render_value

_Found = tuple[Json, Pointer] | None
_Compare = Callable[[View, View], Iterator[Difference]]

# Format -> those that it is a part of.
_WIDER = {
    "int32": {"int64"},
    "int8": {"int16", "int32", "int64"},
    "int16": {"int32", "int64"},
    "uint8": {"int16", "int32", "int64", "uint16", "uint32", "uint64"},
    "uint16": {"int32", "int64", "uint32", "uint64"},
    "uint32": {"int64", "uint64"},
    "float": {"double"},
    "idn-email": set[str](),
    "email": {"idn-email"},
    "hostname": {"idn-hostname"},
    "uri": {"uri-reference", "iri", "iri-reference"},
    "iri": {"iri-reference"},
    "uri-reference": {"iri-reference"},
}
# These say nothing of the value.
_NO_FORMATS = frozenset({"password", ""})
# What the older form of a document says by a format.
_CONTENT_FORMATS = {"contentEncoding": "byte", "contentMediaType": "binary"}


def list_differences(old: View, new: View) -> list[Difference]:
    """Return what differs, without what is below. Values of other types have nothing else in common."""
    if differences := list(_compare_types(old, new)):
        is_other = old.types.isdisjoint(new.types - {"null"}) or new.types.isdisjoint(old.types - {"null"})
        if is_other:
            return differences
    return [*differences, *(found for compare in _COMPARISONS for found in compare(old, new))]


def have_common_types(old: View, new: View) -> bool:
    """Tell whether a value other than null can fit both."""
    return not (old.types & new.types <= {"null"})


def _compare_types(old: View, new: View) -> Iterator[Difference]:
    if not old.is_typed and not new.is_typed:
        return
    place = _find_place(new, "type")
    gone = None if place else _find_place(old, "type")
    had, has = "null" in old.types, "null" in new.types
    if had != has and old.is_typed and new.is_typed:
        order = Order.WIDENED if has else Order.NARROWED
        what, text = ("became-nullable", "may be null") if has else ("became-not-nullable", "may no longer be null")
        yield Difference(what=what, order=order, text=text, is_deep=True, old=gone, new=place)
    before, after = old.types - {"null"}, new.types - {"null"}
    if before != after:
        order = find_order(is_narrower=not before <= after, is_wider=not after <= before)
        text = f"is {_tell_types(new)}, not {_tell_types(old)} as before"
        yield Difference(what="type-changed", order=order, text=text, is_deep=True, old=gone, new=place)


def _find_place(view: View, keyword: str) -> Pointer | None:
    if found := view.find_last(keyword):
        return found[1]
    return view.parts[-1].pointer if view.parts else None


def _tell_types(view: View) -> str:
    return describe_types(view.types - {"null"}) if view.is_typed else "of any type"


def _compare_values(old: View, new: View) -> Iterator[Difference]:
    before, after = old.values, new.values
    if before is None or after is None:
        if after is not None:
            text = f"may be only {_join(after)}"
            yield Difference(what="enum-added", order=Order.NARROWED, text=text, new=_find_list(new))
        elif before is not None:
            text = f"may be other values than {_join(before)}"
            yield Difference(what="enum-removed", order=Order.WIDENED, text=text, old=_find_list(old))
        return
    for value in (value for value in before if not _is_in(value, after)):
        text = f"may no longer be {render_value(value)}"
        yield Difference(what="enum-value-removed", order=Order.NARROWED, text=text, old=_find_value(old, value))
    for value in (value for value in after if not _is_in(value, before)):
        text = f"may be {render_value(value)}"
        yield Difference(what="enum-value-added", order=Order.WIDENED, text=text, new=_find_value(new, value))


def _join(values: list[Json]) -> str:
    return ", ".join(map(render_value, values))


def _is_in(value: Json, values: list[Json]) -> bool:
    return any(is_equal(value, other) for other in values)


def _find_list(view: View) -> Pointer | None:
    found = view.find_last("enum") or view.find_last("const")
    return found[1] if found else None


def _find_value(view: View, value: Json) -> Pointer | None:
    for values, pointer in view.list_written("enum"):
        for index, item in enumerate(values if isinstance(values, list) else ()):
            if is_equal(item, value):
                return (*pointer, index)
    return _find_list(view)


def _compare_texts(keyword: str, old: View, new: View) -> Iterator[Difference]:
    """Compare a keyword whose values have no order."""
    before, after = _read_once(old, keyword), _read_once(new, keyword)
    gone, came = [key for key in before if key not in after], [key for key in after if key not in before]
    if not gone and not came:
        return
    order = find_order(is_narrower=bool(came), is_wider=bool(gone))
    if keyword == "format" and len(gone) == len(came) == 1:
        order = Order.WIDENED if came[0] in _WIDER.get(gone[0], ()) else order
        order = Order.NARROWED if gone[0] in _WIDER.get(came[0], ()) else order
    what = f"{name_keyword(keyword)}-{'changed' if gone and came else 'added' if came else 'removed'}"
    text = f"has the {name_keyword(keyword).replace('-', ' ')} {' and '.join(came) or 'of its type alone'}"
    text += f", not {' and '.join(gone)} as before" if gone else ""
    yield Difference(
        what=what,
        order=order,
        text=text,
        old=before[gone[0]] if gone else None,
        new=after[came[0]] if came else None,
    )


def _read_once(view: View, keyword: str) -> dict[str, Pointer]:
    """Return each value of a keyword as text, with a place."""
    found = {
        render_value(value) if not isinstance(value, str) else value: at for value, at in view.list_written(keyword)
    }
    if keyword == "format":
        found |= {form: place[1] for newer, form in _CONTENT_FORMATS.items() if (place := _find_content(view, newer))}
        return {name: at for name, at in found.items() if name not in _NO_FORMATS}
    return {name: at for name, at in found.items() if not _find_content(view, keyword)}


def _find_content(view: View, keyword: str) -> _Found:
    found = view.find_last(keyword)
    wanted = {"contentEncoding": "base64", "contentMediaType": "application/octet-stream"}.get(keyword)
    return found if found and found[0] == wanted else None


def _compare_unique(old: View, new: View) -> Iterator[Difference]:
    before, after = ("uniqueItems" in _list_true(view) for view in (old, new))
    if before != after:
        order = Order.NARROWED if after else Order.WIDENED
        text = "has no item twice" if after else "may have an item twice"
        yield _build_mark("unique-items", order, text, old, new, "uniqueItems", is_on=after)


def _list_true(view: View) -> frozenset[str]:
    return frozenset(keyword for keyword in ("uniqueItems", "deprecated") if view.is_marked(keyword))


def _compare_deprecated(old: View, new: View) -> Iterator[Difference]:
    before, after = ("deprecated" in _list_true(view) for view in (old, new))
    if before != after:
        text = "is deprecated" if after else "is no longer deprecated"
        yield _build_mark("deprecated", Order.HARMLESS, text, old, new, "deprecated", is_on=after)


def _compare_pii(old: View, new: View) -> Iterator[Difference]:
    before, after = old.find_last("x-pii"), new.find_last("x-pii")
    if (before and before[0]) != (after and after[0]):
        text = f"is personal ({after[0]})" if after else "is not personal any more"
        old_place, new_place = before and before[1], after and after[1]
        yield Difference(what="pii-changed", order=Order.HARMLESS, text=text, old=old_place, new=new_place)


def _build_mark(what: str, order: Order, text: str, old: View, new: View, keyword: str, *, is_on: bool) -> Difference:
    before, after = old.find_last(keyword), new.find_last(keyword)
    is_there = is_on or after is not None
    return Difference(
        what=what if is_on else f"not-{what}",
        order=order,
        text=text,
        old=None if is_there else before[1] if before else None,
        new=after[1] if after else None,
    )


def _compare_default(old: View, new: View) -> Iterator[Difference]:
    before, after = old.find_last("default"), new.find_last("default")
    if (before is None and after is None) or (before and after and is_equal(before[0], after[0])):
        return
    what = f"default-{'added' if before is None else 'removed' if after is None else 'changed'}"
    told = [render_value(found[0]) if found else "none" for found in (after, before)]
    text = f"has the default {told[0]} now, {told[1]} before"
    yield Difference(
        what=what,
        order=Order.DEFAULT,
        text=text,
        old=before[1] if before else None,
        new=after[1] if after else None,
    )


def _compare_dependencies(old: View, new: View) -> Iterator[Difference]:
    had, has = (_read_dependencies(view) for view in (old, new))
    for name in dict.fromkeys([*had, *has]):
        before, after = (found.get(name, (frozenset[str](), None)) for found in (had, has))
        if before[0] == after[0]:
            continue
        order = find_order(is_narrower=not after[0] <= before[0], is_wider=not before[0] <= after[0])
        needed = ", ".join(f"'{each}'" for each in sorted(after[0])) or "nothing"
        what, text = "dependent-required-changed", f"needs {needed} beside it"
        yield Difference(what=what, order=order, text=text, old=before[1], new=after[1], member=name)


def _read_dependencies(view: View) -> dict[str, tuple[frozenset[str], Pointer]]:
    return {
        str(name): (frozenset(map(str, names)), (*pointer, name))
        for value, pointer in view.list_written("dependentRequired")
        for name, names in (value.items() if isinstance(value, Mapping) else ())
        if isinstance(names, list)
    }


_COMPARISONS: tuple[_Compare, ...] = (
    _compare_values,
    compare_bounds,
    *(
        partial(_compare_texts, key)
        for key in ("format", "pattern", "multipleOf", "contentEncoding", "contentMediaType")
    ),
    _compare_unique,
    _compare_default,
    _compare_deprecated,
    _compare_pii,
    compare_discriminators,
    _compare_dependencies,
)
