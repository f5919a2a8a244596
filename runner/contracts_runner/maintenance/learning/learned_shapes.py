"""What values at one place have in common, as a schema: types, members, and no value but words that come again."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import field
from typing import Any

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json
from contracts_runner.openapi.explain_text import name_type
from contracts_runner.redaction.field_names import is_credential_field
from contracts_runner.redaction.personal_names import find_personal_kind
from contracts_runner.redaction.replacement import MARKER

# From so many values on, what was so in all of them is likely a rule.
CERTAIN = 20
_MOST_WORDS, _LEAST_REPEATED, _MOST_REMEMBERED = 8, 3, 50
# A word of a program; a name of somebody begins with a capital letter, and goes on with others.
_WORD = re.compile(r"[a-z0-9][A-Za-z0-9_.:-]{0,39}|[A-Z0-9][A-Z0-9_.:-]{0,39}")
_NAME = re.compile(r"[$@]?[^\W\d][\w.$-]{0,63}")
_STARS = "***"


def is_masked(value: Json) -> bool:
    """Tell whether redaction stands in the place of a whole value, whose type is not known then."""
    return isinstance(value, str) and (MARKER.fullmatch(value) is not None or _STARS in value)


def is_name(text: str) -> bool:
    """Tell whether a member's name is one of a document, and no value that somebody chose."""
    return _NAME.fullmatch(text) is not None


def is_word(value: Json) -> bool:
    """Tell whether a value may stand in a list of allowed ones: it is a word of a program, and nothing of a person."""
    return isinstance(value, str) and not is_masked(value) and _WORD.fullmatch(value) is not None


def is_private(name: str) -> bool:
    """Tell whether the name of a member says that its values are a person's, or open something."""
    return bool(find_personal_kind(name)) or is_credential_field(name)


def name_kind(value: Json) -> str:
    """Return the type of a value, as JSON Schema calls it: a number without a fraction is an integer."""
    return "integer" if isinstance(value, float) and value.is_integer() else name_type(value)


@dataclass(slots=True)
class Shape:
    """What `count` values at one place were; of `masked` ones nobody knows the type. `members` are those of objects
    whose names are values. `is_private`: none of the values may be shown."""

    is_private: bool = False
    count: int = 0
    masked: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    properties: dict[str, "Shape"] = field(default_factory=dict)
    items: "Shape | None" = None
    members: "Shape | None" = None

    @classmethod
    def of(cls, name: str) -> "Shape":
        """Return an empty one, for a member of this name."""
        return cls(is_private=is_private(name))

    def take(self, value: Json) -> None:
        """Add a value."""
        self.count += 1
        if is_masked(value):
            self.masked += 1
            return
        self.kinds[name_kind(value)] += 1
        match value:
            case str() if len(self.words) <= _MOST_REMEMBERED:
                self.words[value if is_word(value) else ""] += 1
            case list():
                self.items = self.items or Shape()
                for item in value:
                    self.items.take(item)
            case dict():
                for name, member in value.items():
                    self._choose_member(name).take(member)

    def _choose_member(self, name: str) -> "Shape":
        if is_name(name) and self.members is None:
            return self.properties.setdefault(name, Shape.of(name))
        return self._collect_members()

    def _collect_members(self) -> "Shape":
        """Return what all members were together: one name that is a value shows that the others are, too."""
        self.members = self.members or Shape()
        for shape in self.properties.values():
            self.members.merge(shape)
        self.properties = {}
        return self.members

    def merge(self, other: "Shape") -> None:
        """Add the values of another one."""
        self.count += other.count
        self.masked += other.masked
        self.kinds += other.kinds
        self.words += other.words
        for name, shape in other.properties.items():
            self.properties.setdefault(name, Shape.of(name)).merge(shape)
        if other.items:
            self.items = self.items or Shape()
            self.items.merge(other.items)
        if self.members or other.members:
            self._collect_members().merge(other.members or Shape())

    def list_words(self) -> list[str]:
        """Return the only texts that came, where they are few and came again and again; else none."""
        is_text = (
            not self.is_private and set(self.kinds) <= {"string", "null"} and not self.masked and "" not in self.words
        )
        is_closed = 0 < len(self.words) <= _MOST_WORDS and min(self.words.values()) >= _LEAST_REPEATED
        return sorted(self.words) if is_text and is_closed and self.words.total() >= CERTAIN else []

    def build_schema(self, *, is_old: bool) -> dict[str, Any]:
        """Return the schema; `is_old`: of OpenAPI 3.0 and before, which has one type and `nullable`."""
        kinds, is_null = list_kinds(self.kinds), bool(self.kinds["null"])
        schema: dict[str, Any] = {}
        if not is_old and kinds:
            named = [*kinds, "null"] if is_null else kinds
            schema["type"] = named[0] if len(named) == 1 else named
        elif is_old and len(kinds) == 1:
            schema |= {"type": kinds[0], **({"nullable": True} if is_null else {})}
        if words := self.list_words():
            schema["enum"] = [*words, *([None] if is_null else [])]
        return schema | dict(self._iter_content(is_old=is_old))

    def _iter_content(self, *, is_old: bool) -> Iterator[tuple[str, Any]]:
        if self.members:
            yield "additionalProperties", self.members.build_schema(is_old=is_old)
        if self.properties:
            always = [name for name, shape in self.properties.items() if shape.count == self.kinds["object"]]
            if always and self.kinds["object"] >= CERTAIN:
                yield "required", always
            yield "properties", {name: each.build_schema(is_old=is_old) for name, each in self.properties.items()}
        if self.kinds["array"]:
            yield "items", self.items.build_schema(is_old=is_old) if self.items else {}


def list_kinds(kinds: Counter[str]) -> list[str]:
    """Return the types beside null; a whole number is a number, too."""
    found = [kind for kind in sorted(kinds) if kind != "null" and kinds[kind]]
    return [kind for kind in found if kind != "integer" or "number" not in found]
