"""The statement that a value is personal: by the spec, by its form, or by the name of its field.

Where no schema describes a place, the names of fields count, as they are marked in the whole document.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import NamedTuple

from contracts_runner.dataclass import dataclass
from contracts_runner.redaction.field_names import is_credential_field

_SHORTEST_TOKEN = 6
_LONGEST_WORD = 16
_OF_PEOPLE = ("email", "phone", "name")


class Mark(NamedTuple):
    """`kind` is a word of `x-pii`. `is_guess`: only the name of the field shows it."""

    kind: str
    is_guess: bool = False

    def is_memorable(self, value: str) -> bool:
        """Tell whether the value may be looked for elsewhere. What only a name like `token` calls a token may be a word
        as common as `closed`: it must look like one."""
        if not self.is_guess or self.kind != "token":
            return True
        has_digit = any(character.isdigit() for character in value)
        return len(value) >= (_SHORTEST_TOKEN if has_digit else _LONGEST_WORD)


@dataclass(frozen=True, slots=True)
class FieldNames:
    """`sure`: names -> kinds of fields that the document marks in most places. `doubtful`: those that it marks in some,
    such as `name`, of people and of events; tokens are not among them."""

    sure: Mapping[str, str] = field(default_factory=dict)
    doubtful: Mapping[str, str] = field(default_factory=dict)

    def guess(self, name: str, *, is_person: bool) -> Mark | None:
        """Return the mark of an undescribed field; in an object about a person the doubtful names count too."""
        kind = self.sure.get(name) or (self.doubtful.get(name) if is_person else None)
        return Mark(kind, is_guess=True) if kind else guess_credential(name)

    def is_about_person(self, names: Iterable[str]) -> bool:
        """Tell whether an object with these members is about a person."""
        return any(self.sure.get(name) in _OF_PEOPLE for name in names)


def guess_credential(name: str) -> Mark | None:
    """Return the mark of a field whose name says that it holds a credential, or None."""
    return Mark("token", is_guess=True) if is_credential_field(name) else None


def count_field_names(fields: Iterable[tuple[str, str | None]]) -> FieldNames:
    """Return what the (name, kind or None) of all fields of a document mean together."""
    marked: dict[str, Counter[str]] = defaultdict(Counter)
    unmarked: Counter[str] = Counter()
    for name, kind in fields:
        if kind:
            marked[name][kind] += 1
        else:
            unmarked[name] += 1
    sure, doubtful = {}, {}
    for name, kinds in marked.items():
        kind, _ = kinds.most_common(1)[0]
        if kinds.total() > unmarked[name]:
            sure[name] = kind
        elif kind != "token":
            doubtful[name] = kind
    return FieldNames(sure, doubtful)
