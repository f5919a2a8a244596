"""Our `dataclass` does what that of the standard library does."""

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from dataclasses import field
from itertools import combinations
from operator import ge, gt, le, lt
from typing import Any, ClassVar

import pytest

from contracts_runner.dataclass import dataclass

Decorator = Callable[..., Callable[[type], type]]
NAN = float("nan")
MANY = 10


def show(call: Callable[[], object]) -> object:
    try:
        return call()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def make_family(decorator: Decorator, options: dict[str, bool]) -> tuple[type, type]:
    """Return a class that has of everything, and one that inherits from it."""

    @decorator(**options)
    class Thing:
        first: object
        second: object = 2
        third: list[int] = field(default_factory=list)
        secret: str = field(default="s", repr=False)
        note: str = field(default="", compare=False)
        count: int = field(default=7, init=False)
        named: int = field(default=1, kw_only=True)
        SHARED: ClassVar[int] = 5

        def double(self) -> object:
            return [self.first, self.first]

    @decorator(**options)
    class Heir(Thing):
        fourth: object = None

    return Thing, Heir


OPTIONS = [
    dict.fromkeys(names, True)
    for number in range(5)
    for names in combinations(("slots", "frozen", "kw_only", "order"), number)
]
CALLS: list[tuple[tuple[object, ...], dict[str, Any]]] = [
    ((1,), {}),
    ((), {"first": 1}),
    ((1, 3, [4], "t", "n"), {"named": 9}),
    ((), {"first": 3.5, "note": "other", "third": [1]}),
    ((), {}),
    ((1, 2, 3, 4, 5, 6, 7, 8), {}),
    ((1,), {"first": 2}),
    ((), {"first": 1, "unknown": 2}),
    ((1,), {"count": 3}),
    ((), {"first": (1, "x"), "third": ()}),
]


def describe(kind: Any, arguments: tuple[object, ...], named: dict[str, Any]) -> list[object]:
    """Return what becomes of a call of a class, and what its object does."""
    made: Any = show(lambda: kind(*arguments, **named))
    if isinstance(made, str):
        return [made]
    twin, other = kind(*arguments, **named), kind(**{**named, "first": "other"})
    return [
        repr(made),
        (made == twin, made == other, made == 1, made != twin),
        [show(lambda compare=compare: compare(made, twin)) for compare in (lt, le, gt, ge)],  # type: ignore[misc]
        show(lambda: made < other),
        show(lambda: hash(made) == hash(twin)),
        show(lambda: {made, copy.copy(made)} == {made}),
        repr(dataclasses.replace(made, second=5)),
        repr(dataclasses.asdict(made)),
        [each.name for each in dataclasses.fields(made)],
        (made.double(), made.count, kind.SHARED, getattr(kind, "__slots__", None), kind.__match_args__),
        show(lambda: setattr(made, "second", 8)),
        show(lambda: delattr(made, "second")),
        show(lambda: repr(copy.copy(made))),
    ]


@pytest.mark.parametrize("call", CALLS, ids=str)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_every_use_has_the_result_of_the_standard_library(
    options: dict[str, bool], call: tuple[tuple[object, ...], dict[str, Any]]
) -> None:
    family = make_family(dataclass, options)
    theirs = [describe(kind, *call) for kind in make_family(dataclasses.dataclass, options)]

    # The first objects are made in another way than those of a class that has many.
    for _ in range(MANY):
        assert repr([describe(kind, *call) for kind in family]) == repr(theirs)


def test_a_class_that_has_many_objects_has_the_signature_of_the_standard_library() -> None:
    kinds = [make_family(decorator, {"kw_only": True})[1] for decorator in (dataclass, dataclasses.dataclass)]

    for kind in kinds:
        assert len([kind(first=number) for number in range(MANY)]) == MANY

    assert len({str(inspect.signature(kind).parameters.keys()) for kind in kinds}) == 1


@dataclass(slots=True, frozen=True)
class Point:
    """Of the module, so that it can be pickled."""

    x: int
    y: tuple[int, ...] = ()
    length: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", len(self.y))


@dataclass(slots=True, frozen=True)
class Empty:
    """Without any field."""


@dataclass(slots=True, frozen=True)
class Single:
    """With one field, and an equality of its own."""

    value: float

    def __repr__(self) -> str:
        return "<single>"


@dataclass(slots=True)
class Node:
    """That may hold itself."""

    children: list["Node"]


@dataclass(slots=True, eq=False)
class Identical:
    """That equals itself only."""

    value: int


def test_frozen_object_is_the_same_when_it_comes_out_of_a_pickle() -> None:
    point = Point(1, (2, 3))

    assert pickle.loads(pickle.dumps(point)) == point == copy.deepcopy(point)
    assert point.length == 2


def test_class_without_fields_has_one_value() -> None:
    assert {Empty(), Empty()} == {Empty()}


def test_own_methods_stay_and_nan_equals_itself() -> None:
    assert (repr(Single(1)), Single(NAN) == Single(NAN), Single(1) == Single(2)) == ("<single>", True, False)


def test_object_in_itself_is_shown() -> None:
    node = Node([])
    node.children.append(node)

    assert repr(node) == "Node(children=[...])"


def test_object_without_equality_is_found_by_what_it_is() -> None:
    one, other = Identical(1), Identical(1)

    assert one != other
    assert len({one, other}) == 2


def test_pattern_takes_fields_by_place_and_name() -> None:
    match Point(1, (2,)):
        case Point(x, y=(first,)):
            assert (x, first) == (1, 2)
        case _:
            pytest.fail("no match")
