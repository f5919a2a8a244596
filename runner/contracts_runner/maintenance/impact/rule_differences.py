"""Compares the rules that schemas have for what is below: whether there is one, and alternatives."""

from collections.abc import Callable, Iterable, Iterator

from contracts_runner.maintenance.impact.alternatives import Branches
from contracts_runner.maintenance.impact.differences import Difference, Order, name_keyword
from contracts_runner.maintenance.impact.schema_views import View
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer

_AreSame = Callable[[list[Pointer], list[Pointer]], bool]

# Keyword -> what is told of it. That it comes allows less, that it goes allows more.
_RULES = {
    "items": "a rule for its items",
    "prefixItems": "rules for its first items",
    "unevaluatedItems": "a rule for further items",
    "contains": "a rule for what it contains",
    "propertyNames": "a rule for the names of its properties",
    "not": "a rule for what it is not",
    "then": "a rule for where its condition holds",
    "else": "a rule for where its condition does not hold",
    "contentSchema": "a schema of its content",
}
_NAMED_RULES = {"patternProperties": "the properties that match", "dependentSchemas": "objects that have"}
_CLOSING = ("additionalProperties", "unevaluatedProperties")


def list_rule_differences(old: View, new: View, are_same: _AreSame) -> list[Difference]:
    """Return the rules that only one has, and conditions that differ."""
    return [
        *_iter_rules(old, new),
        *_iter_named_rules(old, new),
        *(found for keyword in _CLOSING for found in _compare_further(keyword, old, new)),
        *_compare_conditions(old, new, are_same),
    ]


def _iter_rules(old: View, new: View) -> Iterator[Difference]:
    for keyword, words in _RULES.items():
        before, after = (_find_rule(view, keyword) for view in (old, new))
        if (before is None) != (after is None):
            yield _build(f"{name_keyword(keyword)}", words, before, after)


def _iter_named_rules(old: View, new: View) -> Iterator[Difference]:
    for keyword, words in _NAMED_RULES.items():
        had, has = old.list_named(keyword), new.list_named(keyword)
        for name in had.keys() ^ has.keys():
            before, after = had.get(name, [None])[0], has.get(name, [None])[0]
            yield _build(name_keyword(keyword), f"a rule for {words} '{name}'", before, after)


def _find_rule(view: View, keyword: str) -> Pointer | None:
    # What says nothing is no rule; `not: {}` forbids everything.
    nothing: tuple[Json, ...] = (False,) if keyword == "not" else (True, {}, [])
    return next((at for value, at in view.list_written(keyword) if value not in nothing), None)


def _build(what: str, words: str, before: Pointer | None, after: Pointer | None) -> Difference:
    is_new = after is not None
    return Difference(
        what=f"{what}-{'added' if is_new else 'removed'}",
        order=Order.NARROWED if is_new else Order.WIDENED,
        text=f"has {words}" if is_new else f"no longer has {words}",
        old=None if is_new else before,
        new=after,
        is_deep=True,
    )


def _compare_further(keyword: str, old: View, new: View) -> Iterator[Difference]:
    """Compare what is said of further properties: any, those of a schema, or none."""
    before, after = (_find_further(view, keyword) for view in (old, new))
    if before[0] == after[0]:
        return
    is_narrower = _STRICTNESS.index(after[0]) > _STRICTNESS.index(before[0])
    words = {
        "open": "may have any other properties",
        "typed": "has a schema for other properties",
        "closed": "may have no other properties",
    }
    yield Difference(
        what=f"{name_keyword(keyword)}-{'narrowed' if is_narrower else 'widened'}",
        order=Order.NARROWED if is_narrower else Order.WIDENED,
        text=words[after[0]],
        old=before[1] if after[1] is None else None,
        new=after[1],
        is_of_others=True,
    )


_STRICTNESS = ("open", "typed", "closed")


def _find_further(view: View, keyword: str) -> tuple[str, Pointer | None]:
    found: list[tuple[Json, Pointer]] = view.list_written(keyword)
    for strictness in ("closed", "typed"):
        for value, at in found:
            if (value is False) if strictness == "closed" else (isinstance(value, dict) and value):
                return strictness, at
    return "open", found[-1][1] if found else None


def _compare_conditions(old: View, new: View, are_same: _AreSame) -> Iterator[Difference]:
    before, after = (view.find_last("if") for view in (old, new))
    if before and after and not are_same([before[1]], [after[1]]):
        text = "has another condition"
        yield Difference(what="condition-changed", order=Order.CHANGED, text=text, new=after[1], is_deep=True)


def compare_alternatives(old: View, new: View, matched: Iterable[Branches]) -> Iterator[Difference]:
    """Yield the alternatives that only one has."""
    for branches in matched:
        yield from _compare_branches(branches)
    for group in old.groups[len(new.groups) :]:
        text = "need no longer fit one of several schemas"
        yield Difference(what="alternatives-removed", order=Order.WIDENED, text=text, old=group.pointer, is_deep=True)
    for group in new.groups[len(old.groups) :]:
        text = "must fit one of several schemas"
        yield Difference(what="alternatives-added", order=Order.NARROWED, text=text, new=group.pointer, is_deep=True)


def _compare_branches(branches: Branches) -> Iterator[Difference]:
    old, new = branches.old, branches.new
    for place in branches.gone:
        text = f"may no longer be {branches.name_old(place)}"
        yield Difference(what="alternative-removed", order=Order.NARROWED, text=text, old=place, is_deep=True)
    for place in branches.came:
        text = f"may be {branches.name_new(place)}"
        yield Difference(what="alternative-added", order=Order.WIDENED, text=text, new=place, is_deep=True)
    if old.has_null != new.has_null:
        what, order, text = (
            ("became-nullable", Order.WIDENED, "may be null")
            if new.has_null
            else ("became-not-nullable", Order.NARROWED, "may no longer be null")
        )
        yield Difference(what=what, order=order, text=text, new=new.pointer, is_deep=True)
    if old.is_written and new.is_written and old.keyword != new.keyword:
        order = Order.NARROWED if new.keyword == "oneOf" else Order.WIDENED
        text = f"has its alternatives in {new.keyword}, not in {old.keyword}"
        yield Difference(what="alternatives-changed", order=order, text=text, new=new.pointer, is_deep=True)
