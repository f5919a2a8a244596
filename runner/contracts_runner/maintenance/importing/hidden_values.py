"""Keeps what is secret or personal out of a draft: such a value becomes a variable of the environment."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import field

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.importing.foreign_requests import split_open
from contracts_runner.model.json import Json, render_key
from contracts_runner.reading.expressions import BUILTINS
from contracts_runner.redaction.field_names import is_credential_field
from contracts_runner.redaction.replacement import MARKER

_NOT_IN_NAME = re.compile(r"[^A-Za-z0-9_]+")


@dataclass(slots=True)
class Variables:
    """The variables that drafts need: name -> the value that it stands for. `taken` are the names that environments
    have already, `open` those of another tool, whose values nobody has told."""

    taken: Collection[str]
    values: dict[str, Json] = field(default_factory=dict)
    open: dict[str, None] = field(default_factory=dict)
    _names: dict[tuple[str, str], str] = field(default_factory=dict)  # name and value -> the variable's name
    _counts: dict[str, int] = field(default_factory=lambda: defaultdict(lambda: 1))

    def hide(self, value: Json, redacted: Json, name: str, *, is_marked: bool = False) -> Json:
        """Return a value as a step has it: what differs in its redacted form, and what is redacted already, is a
        variable, called like its field. `is_marked`: all of it is personal or secret."""
        if isinstance(value, Mapping):
            known = redacted if isinstance(redacted, Mapping) else {}
            return {
                key: self.hide(item, known.get(key), str(key), is_marked=is_marked or is_credential_field(str(key)))
                for key, item in value.items()
            }
        if isinstance(value, list):
            known_items = (
                redacted if isinstance(redacted, list) and len(redacted) == len(value) else [None] * len(value)
            )
            return [
                self.hide(item, other, name, is_marked=is_marked)
                for item, other in zip(value, known_items, strict=True)
            ]
        if isinstance(value, str) and len(parts := split_open(value)) > 1:
            return "".join(self._refer(part) if index % 2 else _escape(part) for index, part in enumerate(parts))
        is_hidden = is_marked and value not in (None, "", True, False)
        if is_hidden or value != redacted or (isinstance(value, str) and MARKER.search(value)):
            return "${" + self._choose(name, value) + "}"
        return _escape(value) if isinstance(value, str) else value

    def _refer(self, name: str) -> str:
        """Return the expression of an open variable."""
        called = _make_name(name)
        if called not in BUILTINS:
            self.open[called] = None
        return "${" + called + "}"

    def _choose(self, name: str, value: Json) -> str:
        wanted = _make_name(name)
        key = wanted, render_key(value)
        if key not in self._names:
            called = wanted
            while any(called in names for names in (BUILTINS, self.taken, self.values, self.open)):
                self._counts[wanted] += 1
                called = f"{wanted}_{self._counts[wanted]}"
            self._names[key] = called
            self.values[called] = value
        return self._names[key]


def _make_name(text: str) -> str:
    name = _NOT_IN_NAME.sub("_", text).strip("_") or "value"
    return f"_{name}" if name[0].isdigit() else name


def _escape(text: str) -> str:
    return text.replace("${", "$${")
