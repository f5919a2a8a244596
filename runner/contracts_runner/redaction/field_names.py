"""What the names of fields tell where no schema describes a place: learned from the marks of the whole document."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from contracts_runner.redaction.credentials import is_credential_field
from contracts_runner.redaction.mark import Mark

_OF_PEOPLE = ("email", "phone", "name")


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

    def tell_of_person(self, names: Iterable[str]) -> bool:
        """Tell whether an object with these members is about a person."""
        return any(self.sure.get(name) in _OF_PEOPLE for name in names)


def guess_credential(name: str) -> Mark | None:
    """Return the mark of a field whose name says that it holds a credential, or None."""
    return Mark("token", is_guess=True) if is_credential_field(name) else None


def count_field_names(fields: Iterable[tuple[str, str | None]]) -> FieldNames:
    """Return what the (name, kind or None) of all fields of a document tell together."""
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
