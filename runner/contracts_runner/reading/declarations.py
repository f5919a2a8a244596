"""The language in which a file format is declared once: forms with keys, and for each key what its value may be.

From one declaration come the reading of a file, the hints for unknown keys, the JSON Schema for editors and the tables
of docs/reference. `readers.py` has the readers of texts, numbers, lists and mappings.

    class RetryForm(Form):
        noun = "a retry"
        every = Key(DURATION, "The pause between two requests.", required=True, example="500ms")
        for_ = Key(DURATION, "How long to go on.", required=True, example="10s")

    form = RetryForm.take(value)      # None for what is not a mapping; all mistakes are reported
    form.every                        # float | None: what DURATION reads
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Generic, Self, TypeAlias, TypeVar, overload

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import SourceLocation
from contracts_runner.model.json import Json
from contracts_runner.reading.forms import Value
from contracts_runner.reading.suggest import find_similar, suggest_or_list

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True)
class Named:
    """A schema that is written once, below `$defs`; it is built when it is needed, so it may refer to itself."""

    name: str
    build: Callable[[], "Schema"]


@dataclass(frozen=True, slots=True)
class Described:
    """A schema with what editors show of it: a sentence, and what holds where nothing is written."""

    schema: "Schema"
    text: str
    default: Json = None


# A JSON Schema. At any depth, parts of it may be our own types; a form is the schema of its mappings.
Schema: TypeAlias = "Mapping[str, Any] | Named | Described | type[Form]"


class Scalar(dict[str, Any]):
    """The schema of a single value; an environment of contracts.yaml may have `$NAME` in its place."""


@dataclass(frozen=True, slots=True)
class Reader(Generic[T]):
    """What a value may be. `read` returns None for a value of the wrong form, which it has reported.

    `words` call it in the reference: "a duration".
    """

    read: Callable[[Value], T | None]
    schema: Schema
    words: str

    def then(self, build: Callable[[T], U | None]) -> "Reader[U]":
        """Return a reader of what `build` makes of the value that was read."""

        def read(value: Value) -> U | None:
            found = self.read(value)
            return None if found is None else build(found)

        return Reader(read, self.schema, self.words)


class Key(Generic[T]):
    """A key of a form, named like its attribute (`in_` is `in`, `x_file` is `x-file`). `text` describes it in a
    sentence.

    `default` is what holds without the key; `example` is a value in YAML's flow style.
    """

    name = ""

    def __init__(
        self, reader: Reader[T], text: str, *, required: bool = False, example: str = "", default: Json = None
    ) -> None:
        self.reader = reader
        self.text = text
        self.is_required = required
        self.example = example
        self.default = default

    def __set_name__(self, owner: type["Form"], name: str) -> None:
        self.name = re.sub("^x_", "x-", name.rstrip("_"))

    @overload
    def __get__(self, form: None, owner: type["Form"]) -> "Key[T]": ...
    @overload
    def __get__(self, form: "Form", owner: type["Form"]) -> T | None: ...
    def __get__(self, form: "Form | None", owner: type["Form"]) -> "Key[T] | T | None":
        return self if form is None else form.found.get(self.name)


class Form:
    """A mapping with known keys, which a subclass declares; the first paragraph of its docstring is in the reference.

    An instance is one such mapping, read.
    """

    noun: ClassVar[str]  # as messages name it: "a step"
    keys: ClassVar[Mapping[str, Key[Any]]]
    rules: ClassVar[Schema]
    is_open: ClassVar[bool]
    has_extensions: ClassVar[bool]
    has_variables: ClassVar[bool]

    def __init_subclass__(
        cls,
        *,
        rules: Mapping[str, Any] | None = None,
        is_open: bool = False,
        has_extensions: bool = False,
        has_variables: bool = False,
    ) -> None:
        """`rules`: what its schema says beside the keys. `is_open`: it takes other keys, too. `has_extensions`: it
        takes those that begin with `x-`. `has_variables`: single values in it may be `$NAME`."""
        cls.rules, cls.is_open, cls.has_variables = rules or {}, is_open, has_variables
        cls.has_extensions = has_extensions
        found = [key for base in reversed(cls.__mro__) for key in vars(base).values() if isinstance(key, Key)]
        cls.keys = {key.name: key for key in found}

    def __init__(self, place: Value) -> None:
        """Read every key that is there; mistakes are reported."""
        self.place = place
        self.found = {name: key.reader.read(place.at(name)) for name, key in self.keys.items() if name in place.value}

    @classmethod
    def take(cls, value: Value) -> Self | None:
        """Return the mapping, read; None for what is not one. Mistakes are reported."""
        if not isinstance(value.value, dict):
            value.read_entries("" if value.pointer else f"known: {', '.join(cls.keys)}")  # tells why
            return None
        for name in tuple(value.value):
            is_extension = cls.has_extensions and name.startswith("x-")
            if name not in cls.keys and not cls.is_open and not is_extension:
                value.at(name).report(f"{cls.noun} has no key '{name}'", suggest_or_list(name, cls.keys))
                cls._take_as_meant(value, name)
        for name in cls.list_required():
            if name not in value.value:
                value.report(f"{cls.noun} needs the key '{name}'")
        return cls(value)

    @classmethod
    def _take_as_meant(cls, value: Value, name: str) -> None:
        """Take an unknown key, which was reported, as the one that was meant: else all that follows from its absence
        would be reported, too."""
        meant = find_similar(name, cls.keys)
        if meant and meant not in value.value and _may_be(cls.keys[meant].reader.schema, value.value[name]):
            document, problems = value.reading.document, value.reading.problems
            value.rename(name, meant)
            document.mended.append(((*value.pointer, meant), problems[-1]))

    @classmethod
    def list_required(cls) -> list[str]:
        """Return the names of the keys without which there is a mistake."""
        return [name for name, key in cls.keys.items() if key.is_required]

    @classmethod
    def get_name(cls) -> str:
        """Return its name in schemas: RetryForm is `retry`."""
        name = cls.__name__.removesuffix("Form")
        return name[0].lower() + name[1:]

    @classmethod
    def reader(cls) -> Reader[Self]:
        """Return the reader of such a mapping."""
        return Reader(cls.take, cls, cls.noun)

    def __contains__(self, key: Key[Any]) -> bool:
        return key.name in self.place.value

    def find(self, key: Key[T]) -> T | None:
        """Return what was read of a key, None if it is absent or of the wrong form."""
        return self.found.get(key.name)

    def at(self, key: Key[Any]) -> Value:
        """Return the value of a key that is there."""
        return self.place.at(key.name)

    def locate_keys(self) -> dict[str, SourceLocation]:
        """Return where each of its keys is."""
        return {name: self.place.locate(name) for name in self.keys if name in self.place.value}

    @property
    def location(self) -> SourceLocation:
        """Where the mapping begins."""
        return self.place.location


def _may_be(schema: Schema, value: Json) -> bool:
    """Tell whether a schema is about values of such a type."""
    while isinstance(schema, Named | Described):
        schema = schema.build() if isinstance(schema, Named) else schema.schema
    kind = "object" if isinstance(schema, type) else schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    match value:
        case dict():
            wanted = {"object"}
        case list():
            wanted = {"array"}
        case bool():
            wanted = {"boolean"}
        case int() | float():
            wanted = {"integer", "number", "string"}
        case _:
            wanted = {"string"}
    return kind is None or not wanted.isdisjoint(kinds)
