"""Compares the bounds of two schemas: of numbers, and of sizes."""

from collections.abc import Iterator

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.impact.differences import Difference, Order, name_keyword
from contracts_runner.maintenance.impact.schema_views import View
from contracts_runner.model.json_pointer import Pointer
from contracts_runner.openapi.explain_text import render_value

_SIZES = {
    "minLength": "characters",
    "minItems": "items",
    "minProperties": "properties",
    "minContains": "items it must contain",
}
_LOWER = {"minimum": "is at least", **{key: f"has at least so many {noun}:" for key, noun in _SIZES.items()}}
_UPPER = {
    "maximum": "is at most",
    **{key.replace("min", "max"): f"has at most so many {noun}:" for key, noun in _SIZES.items()},
}


def compare_bounds(old: View, new: View) -> Iterator[Difference]:
    """Yield the bounds that differ."""
    for keyword, words in _LOWER.items():
        yield from _compare_bound(keyword, words, old, new, is_lower=True)
    for keyword, words in _UPPER.items():
        yield from _compare_bound(keyword, words, old, new, is_lower=False)


@dataclass(frozen=True, slots=True)
class _Bound:
    """`order`: of two lower bounds the stricter one is greater, of two upper bounds less."""

    order: tuple[float, int]
    text: str
    pointer: Pointer


def _iter_bounds(view: View, keyword: str, sign: int) -> Iterator[_Bound]:
    exclusive = f"exclusive{keyword.capitalize()}" if keyword in ("minimum", "maximum") else ""
    for key in filter(None, (keyword, exclusive)):
        for value, pointer in view.list_written(key):
            if not isinstance(value, int | float) or isinstance(value, bool):
                continue
            if key == keyword:
                yield _Bound((value, 0), render_value(value), pointer)
            elif view.types <= {"integer", "null"} and value == int(value):
                yield _Bound((value + sign, 0), render_value(int(value) + sign), pointer)
            else:
                yield _Bound((value, sign), f"{render_value(value)} (excluded)", pointer)


def _find_bound(view: View, keyword: str, *, is_lower: bool) -> _Bound | None:
    choose = max if is_lower else min
    found = choose(_iter_bounds(view, keyword, 1 if is_lower else -1), key=lambda each: each.order, default=None)
    # No length is below 0.
    return None if found and not any(found.order) and keyword in _SIZES else found


def _compare_bound(keyword: str, words: str, old: View, new: View, *, is_lower: bool) -> Iterator[Difference]:
    before, after = (_find_bound(view, keyword, is_lower=is_lower) for view in (old, new))
    if (before and before.order) == (after and after.order):
        return
    is_more = before is None or (after is not None and (after.order > before.order) == is_lower)
    yield Difference(
        what=f"{name_keyword(keyword)}-{'added' if before is None else 'removed' if after is None else 'changed'}",
        order=Order.NARROWED if is_more else Order.WIDENED,
        text=f"{words} {after.text if after else 'any'} now, {before.text if before else 'any'} before",
        old=before.pointer if before else None,
        new=after.pointer if after else None,
        is_deep=keyword.endswith("Items"),
    )
