"""`dataclass` of the standard library, whose methods are written when they are called, `__init__` when it is called
often.

The standard library writes and compiles six methods for each class when it is defined. A run defines hundreds of them
and makes objects of some, of most a few: that was a quarter of what one request costs. What this one takes does the
same; fields, `replace`, `asdict` and patterns are those of the standard library.
"""

import dataclasses
from collections.abc import Callable, Sequence
from functools import partial
from operator import attrgetter, ge, gt, le, lt
from operator import eq as equals
from reprlib import recursive_repr
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

_MISSING = dataclasses.MISSING
# To write a method takes as long as to fill so many objects field by field.
_FEW = 8


def _define(
    *, slots: bool = False, frozen: bool = False, kw_only: bool = False, eq: bool = True, order: bool = False
) -> Callable[[type], type]:
    def define(plain: type) -> type:
        own = vars(plain)
        # Of a class without a docstring the standard library would write the signature, for which it parses a text.
        plain.__doc__ = plain.__doc__ or plain.__name__
        made: type = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)(plain)
        methods: dict[str, Any] = {"__init__": _write_later(made, is_frozen=frozen), "__repr__": _represent}
        if eq:
            methods |= {"__eq__": _compare_later(made, equals), "__hash__": _hash_later(made) if frozen else None}
        if order:
            methods |= {f"__{compare.__name__}__": _compare_later(made, compare) for compare in (lt, le, gt, ge)}
        if frozen:
            methods |= {"__setattr__": _refuse_to_set, "__delattr__": _refuse_to_delete}
        if frozen and slots:
            # Without these, objects would be restored by setting what cannot be set.
            methods |= {"__getstate__": _get_state, "__setstate__": _set_state}
        for name, method in methods.items():
            # Who defines `__eq__` has a `__hash__` of None from Python itself.
            if name not in own or (name == "__hash__" and own[name] is None):
                setattr(made, name, method)
        return made

    return define


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _define


def _write_later(made: type, *, is_frozen: bool) -> Callable[..., None]:
    count = 0
    fields: tuple[dataclasses.Field[Any], ...] = ()

    def __init__(self: object, *arguments: Any, **named: Any) -> None:
        nonlocal count, fields
        count += 1
        fields = fields or dataclasses.fields(made)
        set_field = object.__setattr__ if is_frozen else setattr
        if count <= _FEW and _fill(self, fields, arguments, named, set_field):
            if hasattr(made, "__post_init__"):
                self.__post_init__()  # type: ignore[attr-defined]  # as above
            return
        written = _write_init(made, is_frozen=is_frozen)
        made.__init__ = written  # type: ignore[misc] # the reason of all this
        written(self, *arguments, **named)

    return __init__


def _fill(
    self: object,
    fields: Sequence[dataclasses.Field[Any]],
    arguments: tuple[Any, ...],
    named: dict[str, Any],
    set_field: Callable[[Any, str, Any], None],
) -> bool:
    """Set the fields as the arguments say; False if they do not fit, of which the written `__init__` complains."""
    positional = [field.name for field in fields if field.init and not field.kw_only]
    values = dict(zip(positional, arguments, strict=False)) | named
    if len(arguments) > len(positional) or len(values) < len(arguments) + len(named):
        return False
    for field in fields:
        if field.init and field.name in values:
            value = values.pop(field.name)
        elif field.default is not _MISSING:
            value = field.default
        elif field.default_factory is not _MISSING:
            value = field.default_factory()
        elif field.init:
            return False
        else:
            continue
        set_field(self, field.name, value)
    return not values


def _write_init(made: type, *, is_frozen: bool) -> Callable[..., None]:
    """Return `__init__`; that of a frozen class sets slots by their descriptors, which do not ask `__setattr__`."""
    names: dict[str, Any] = {"_missing": _MISSING}
    positional, named, lines = list[str](), list[str](), list[str]()
    for field in dataclasses.fields(made):
        name = value = parameter = field.name
        fixed = ""
        if field.default is not _MISSING:
            names[f"_default_{name}"] = field.default
            fixed, parameter = f"_default_{name}", f"{name}=_default_{name}"
        elif field.default_factory is not _MISSING:
            names[f"_make_{name}"] = field.default_factory
            fixed, parameter = f"_make_{name}()", f"{name}=_missing"
            value = f"{fixed} if {name} is _missing else {name}"
        if field.init:
            (named if field.kw_only else positional).append(parameter)
        elif fixed:
            value = fixed
        else:
            continue
        if is_frozen:
            slot: Any = getattr(made, name, None)
            is_slot = isinstance(slot, MemberDescriptorType)
            names[f"_set_{name}"] = slot.__set__ if is_slot else partial(_set, name)
        lines.append(f"_set_{name}(_self, {value})" if is_frozen else f"_self.{name} = {value}")
    if hasattr(made, "__post_init__"):
        lines.append("_self.__post_init__()")
    parameters = ", ".join(["_self", *positional, *(["*", *named] if named else [])])
    exec(f"def __init__({parameters}):\n " + "\n ".join(lines or ["pass"]), names)
    written: Callable[..., None] = names["__init__"]
    written.__qualname__ = f"{made.__qualname__}.__init__"
    return written


def _set(name: str, self: object, value: object) -> None:
    object.__setattr__(self, name, value)


def _compare_later(made: type, compare: Callable[[Any, Any], bool]) -> Callable[[Any, object], Any]:
    get: Callable[[object], object] | None = None

    def method(self: Any, other: object) -> Any:
        nonlocal get
        if other.__class__ is not self.__class__:
            return NotImplemented
        get = get or _build_getter([field.name for field in dataclasses.fields(made) if field.compare])
        return compare(get(self), get(other))

    return method


def _hash_later(made: type) -> Callable[[Any], int]:
    get: Callable[[object], object] | None = None

    def __hash__(self: Any) -> int:
        nonlocal get
        fields = dataclasses.fields(made) if get is None else ()
        get = get or _build_getter([each.name for each in fields if (each.compare if each.hash is None else each.hash)])
        return hash(get(self))

    return __hash__


def _build_getter(names: list[str]) -> Callable[[object], object]:
    """Return what gives a tuple, in which a value equals itself, NaN too."""
    match names:
        case []:
            return lambda _: ()
        case [name]:
            return attrgetter(name, name)
    return attrgetter(*names)


@recursive_repr()
def _represent(self: Any) -> str:
    values = (f"{each.name}={getattr(self, each.name)!r}" for each in dataclasses.fields(self) if each.repr)
    return f"{self.__class__.__qualname__}({', '.join(values)})"


def _refuse_to_set(_: object, name: str, value: object) -> None:  # noqa: ARG001 - as Python calls it
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _get_state(self: Any) -> list[Any]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _set_state(self: Any, state: list[Any]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)
