"""Collects what foreign files promise of tables: drafts of their contracts, and what no contract can say."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import field, replace

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import SourceLocation
from contracts_runner.model.json import Json
from contracts_runner.model.table_draft import CheckDraft, TableDraft
from contracts_runner.project.contract.warehouse_contracts import read_warehouse_contract
from contracts_runner.project.contract.warehouse_kinds import COUNTING
from contracts_runner.reading.places import Place
from contracts_runner.reading.yaml_source import parse_yaml

_NOT_NULL_OF_TEXT = "not_null of a text column: an empty text fails here, too"


class NotCarriedError(Exception):
    """A promise that no check can say; the message names its kind."""


@dataclass(frozen=True, slots=True)
class Target:
    """A table as another one names it; `database` is None for the environment's."""

    table: str
    database: str | None = None

    def reference(self, column: str, key: str) -> dict[str, Json]:
        """Return what `references` says of a column of another table."""
        database = {"database": self.database} if self.database else {}
        return {"column": column, "table": self.table, "key": key, **database}


@dataclass(slots=True)
class TablePromises:
    """What is promised of one table; `place` is where."""

    target: Target
    place: Place
    types: dict[str, str] = field(default_factory=dict)
    checks: dict[str, CheckDraft] = field(default_factory=dict)  # by all that they say
    filled: list[str] = field(default_factory=list)  # columns without NULL in any row

    @property
    def draft(self) -> TableDraft:
        """The draft of its contract: other columns than those with a type may be there."""
        filled = [CheckDraft(word="not_null", content=list(self.filled))] if self.filled else []
        database = {"database": self.target.database} if self.target.database else {}
        return TableDraft(
            name=self.target.table,
            keys={**database, **({"extra": "allowed"} if self.types else {})},
            columns=self.types,
            checks=(*filled, *self.checks.values()),
        )


@dataclass(slots=True)
class Promises:
    """Everything that files promise: tables by name, and kind -> places of what does not come over, or comes over with
    a difference (`notes`)."""

    tables: dict[str, TablePromises] = field(default_factory=dict)
    lost: dict[str, list[SourceLocation]] = field(default_factory=dict)
    notes: dict[str, list[SourceLocation]] = field(default_factory=dict)

    def open_table(self, target: Target, place: Place) -> TablePromises | None:
        """Return a new table; None for one whose name another one has, which does not come over."""
        if first := self.tables.get(target.table):
            self.lose(f"a table {target.table} once more, first in {first.place.location}", place)
            return None
        if not target.table.strip():
            self.lose("a table without a name", place)
            return None
        return self.tables.setdefault(target.table, TablePromises(target, place))

    def list_items(self, place: Place) -> list[Place]:
        """Return the places of a list's items; what is there and no list does not come over."""
        found = place.find()
        if found is not None and not isinstance(found, list):
            self.lose(f"`{place.pointer[-1]}` that is not a list", place)
        return [place.at(index) for index in range(len(as_list(found)))]

    def list_mappings(self, place: Place) -> list[Place]:
        """Return the places of a list's items that are mappings; the others do not come over."""
        items = self.list_items(place)
        for item in items:
            if not isinstance(item.find(), dict):
                self.lose(f"an item of `{place.pointer[-1]}` that is not a mapping", item)
        return [item for item in items if isinstance(item.find(), dict)]

    def lose(self, kind: str, place: Place) -> None:
        """Remember what does not come over."""
        self.lost.setdefault(kind, []).append(place.location)

    def note(self, kind: str, place: Place) -> None:
        """Remember what comes over with a difference."""
        self.notes.setdefault(kind, []).append(place.location)

    def fill(self, table: TablePromises, column: str, place: Place) -> None:
        """Promise that a column has no NULL."""
        if _may_be_text(table.types.get(column, "")):
            self.note(_NOT_NULL_OF_TEXT, place)
        if column not in table.filled:
            table.filled.append(column)

    def add(self, table: TablePromises, check: CheckDraft, place: Place) -> None:
        """Add a check, unless the table has it; one that a contract cannot have does not come over."""
        if check.word == "not_null" and not check.beside and not check.id and isinstance(check.content, list):
            for column in check.content:
                self.fill(table, column, place)
        elif problem := _find_mistake(check):
            self.lose(f"{check.word}: {problem}", place)
        else:
            table.checks.setdefault(json.dumps([check.word, check.content, check.beside]), check)

    def iter_report(self) -> Iterator[str]:
        """Yield a line for each kind, with the place of the first one."""
        for kinds, end in ((self.lost, "not carried over"), (self.notes, "")):
            for kind, places in kinds.items():
                count = f" ({len(places)} of them)" if len(places) > 1 else ""
                yield f"{places[0]}: {kind}{count}" + (f": {end}" if end else "")


def allow(check: CheckDraft, most: int | str) -> CheckDraft:
    """Return a check that so many may break; raises NotCarriedError for one that does not count them."""
    if most in (0, "0%"):
        return check
    if check.word == "row_count" and check.content == {"max": 0} and isinstance(most, int):
        return replace(check, content={"max": most})
    if check.word not in COUNTING:
        raise NotCarriedError(f"a threshold of {check.word}")
    return replace(check, beside={**check.beside, "at_most": most})


def build_length(column: str, least: Json, most: Json) -> CheckDraft:
    """Return the check of how many characters a text has, between bounds of which either may be None."""
    pattern = f"(?s)^.{{{least or 0},{'' if most is None else most}}}$"
    return CheckDraft(word="matches", content={"column": column, "pattern": pattern})


def as_mapping(value: Json) -> Mapping[str, Json]:
    """Return a mapping, an empty one for everything else."""
    return value if isinstance(value, dict) else {}


def as_list(value: Json) -> list[Json]:
    """Return a list, an empty one for everything else."""
    return value if isinstance(value, list) else []


def is_text_type(of: str) -> bool:
    """Return whether a type of a column is one of texts."""
    return any(word in of.lower() for word in ("string", "char", "text"))


def _may_be_text(of: str) -> bool:
    return not of or is_text_type(of)


def _find_mistake(check: CheckDraft) -> str:
    """Return why a contract cannot have a check, "" if it can."""
    content = {"id": "a", check.word: check.content, **check.beside}
    text = json.dumps({"warehouse": "a", "tables": {"a": {"checks": [content]}}}, ensure_ascii=False)
    _, problems = read_warehouse_contract(parse_yaml(text, "check.json"))
    return problems[0].message if problems else ""
