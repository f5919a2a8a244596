"""What is known of a table before anybody has written a contract for it: the draft of one."""

from collections.abc import Mapping
from dataclasses import field

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDraft:
    """One check without its id: `word` is its kind, `content` its value, `beside` the keys beside it."""

    word: str
    content: Json
    beside: Mapping[str, Json] = field(default_factory=dict)
    id: str = ""  # the id that it had elsewhere
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableDraft:
    """A table: `keys` are its database, engine and sorting key as far as they are known, `columns` their types, `notes`
    a comment beside a column, `comments` those about the table."""

    name: str
    keys: Mapping[str, Json] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[CheckDraft, ...] = ()
    comments: tuple[str, ...] = ()
