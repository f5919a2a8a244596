"""Reads plain values with a form in mind: every mistake becomes a Problem with its line, and reading goes on."""

import hashlib
from collections.abc import Callable, Collection
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import Problem, Rule, SourceLocation
from contracts_runner.model.json import Json
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.suggest import suggest_or_list
from contracts_runner.reading.variables import MissingVariable, NoText, UnreadableText, VariableText
from contracts_runner.reading.yaml_scalars import ScalarError, describe_value, resolve_plain
from contracts_runner.reading.yaml_source import Pointer, YamlDocument, find_entry, rename_key
from contracts_runner.reading.yaml_tree import Node

T = TypeVar("T")


class Reading:
    """A document that is being read, with the mistakes found so far, those of the YAML first.

    Files that it names are looked for below `root`; without one, they are not looked for. `find_entry` returns the
    keys of the entry that a mistake at a place belongs to, None for one of the whole file.
    """

    def __init__(
        self,
        document: YamlDocument,
        *,
        root: Path | None = None,
        find_entry: Callable[[Pointer], Pointer | None] = lambda _: None,
    ) -> None:
        self.document = document
        self.root = root
        self.find_entry = find_entry
        self.files: dict[str, str] = {}  # name -> SHA-256 of the files that were read for it
        self.problems: list[Problem] = list(document.problems)

    def start(self) -> "Value":
        """Return the document's root value."""
        location, node = self.document.location(), self.document.root
        return Value(self, (), self.document.value, node, location.line, location.path)


@dataclass(frozen=True, slots=True)
class Value:
    """A value and its place. A `read_` method returns None for a value of the wrong form, which it has reported.

    `node` is what the author wrote, None for what is not in the document; `line` that of its key, in `file`.
    """

    reading: Reading
    pointer: Pointer
    value: Json
    node: Node | None
    line: int
    file: str

    @property
    def location(self) -> SourceLocation:
        """Where the author wrote it."""
        return SourceLocation(self.file, self.line)

    def locate(self, part: str | int) -> SourceLocation:
        """Return where the value at a key or an index below is written."""
        line, node = find_entry(self.node, part) or (self.line, None)
        return SourceLocation((node and node.file) or self.file, line)

    @property
    def raw(self) -> str | None:
        """A scalar's text as written (`6.10`, `no`), without quotes; None for collections and absent values."""
        return self.node.text if self.node else None

    @property
    def name(self) -> str:
        """The value as messages name it: 'title', an item of 'tags', the file."""
        if not self.pointer:
            return "the file"
        last = self.pointer[-1]
        if isinstance(last, str):
            return f"'{last}'"
        parent = next((part for part in reversed(self.pointer) if isinstance(part, str)), None)
        return f"an item of '{parent}'" if parent else "an item"

    def find_node(self) -> Node:
        """Return the value with its lines, to be put into another document."""
        return self.reading.document.find_node(self.pointer)

    def report(
        self, message: str, hint: str = "", *, rule: Rule = Rule.FORM, location: SourceLocation | None = None
    ) -> None:
        """Note a mistake at this place, or at one of a file that it names."""
        entry = self.reading.find_entry(self.pointer)
        owner = None if entry is None else self.reading.document.location(entry)
        problem = Problem(location=location or self.location, message=message, hint=hint, rule=rule, owner=owner)
        self.reading.problems.append(problem)

    def note_file(self, path: Path, content: bytes) -> str:
        """Note that the document depends on a file; returns how messages name that."""
        root = self.reading.root or Path()
        name = (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()
        self.reading.files[name] = hashlib.sha256(content).hexdigest()
        return name

    def rename(self, key: str, name: str) -> None:
        """Take an entry under another name, here and in the document: for one that its author has misspelt."""
        self.reading.document.rename((*self.pointer, key), name)
        if key in self.value:
            rename_key(self.value, key, name)  # it has the values of variables in it

    def at(self, *parts: str | int) -> "Value":
        """Return the value at keys and indexes that exist below."""
        value, node, line, file = self.value, self.node, self.line, self.file
        for part in parts:
            value = value[part]
            found = find_entry(node, part)
            line, node = found or (line, None)
            file = (node and node.file) or file
        return Value(self.reading, (*self.pointer, *parts), value, node, line, file)

    @property
    def around(self) -> "Value":
        """What it stands in; not for the file itself."""
        return self.reading.start().at(*self.pointer[:-1])

    def read_text(self) -> str | None:
        """Return a text that is not empty."""
        raw = self.raw
        if isinstance(self.value, str) and self.value.strip():
            return str(self.value)
        if isinstance(self.value, str) or (self.value is None and raw in (None, "", "~")):
            self.report(f"{self.name} is empty")
        elif self.value is None or isinstance(self.value, bool | int | float):
            self.report(f"{raw} is read as {describe_value(self.value)}", f'write "{raw}" in quotes')
        else:
            self._refuse("text")
        return None

    def read_integer(self, minimum: int, maximum: int | None = None) -> int | None:
        """Return a whole number between the bounds, both included."""
        number: int | None = self._read_scalar("a whole number", int)
        if number is not None and number < minimum:
            self.report(f"{self.name} must be at least {minimum}, not {number}")
            return None
        if number is not None and maximum is not None and number > maximum:
            self.report(f"{self.name} must be at most {maximum}, not {number}")
            return None
        return number

    def read_number(self) -> float | None:
        """Return a number."""
        number: float | None = self._read_scalar("a number", int, float)
        return number

    def read_boolean(self) -> bool | None:
        """Return true or false."""
        value: bool | None = self._read_scalar("true or false", bool)
        return value

    def read_choice(self, choices: Collection[str]) -> str | None:
        """Return one of the words."""
        if isinstance(self.value, bool | int | float):
            self.report(f"{self.name} cannot be {self.raw}", suggest_or_list("", choices))
            return None
        text = self.read_text()
        if text is None or text in choices:
            return text
        self.report(f"{self.name} cannot be '{text}'", suggest_or_list(text, choices))
        return None

    def read_parsed(self, parse: Callable[[str], T]) -> T | None:
        """Return what `parse` makes of the text; its FormError is reported."""
        number = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        text = self.raw if number else self.read_text()
        if text is None:
            return None
        try:
            return parse(text)
        except FormError as error:
            self.report(str(error))
            return None

    def read_list(self) -> list["Value"]:
        """Return the items; none for what is not a list."""
        if isinstance(self.value, list):
            return [self.at(index) for index in range(len(self.value))]
        self._refuse_kind("a list")
        return []

    def read_items(self) -> list["Value"]:
        """Return the items of a list that is not empty."""
        if self.value == []:
            self.report(f"{self.name} is empty")
        return self.read_list()

    def read_texts(self) -> tuple[str, ...]:
        """Return a list of texts that is not empty, each one once."""
        texts: list[str] = []
        for item in self.read_items():
            text = item.read_text()
            if text in texts:
                item.report(f"'{text}' is listed twice in {self.name}")
            elif text is not None:
                texts.append(text)
        return tuple(texts)

    def read_entries(self, hint: str = "") -> dict[str, "Value"]:
        """Return the values of a mapping; nothing for what is not a mapping."""
        if isinstance(self.value, dict):
            return {key: self.at(key) for key in self.value}
        # After a fatal problem of the YAML there is nothing left to say.
        if self.pointer or self.value is not None or not self.reading.document.problems:
            self._refuse_kind("a mapping", hint)
        return {}

    def read_json(self) -> Json:
        """Return any value; a variable without a value inside of it is reported and read as null."""
        if isinstance(self.value, NoText):
            self._refuse("known")
            return None
        if isinstance(self.value, dict):
            return {key: self.at(key).read_json() for key in self.value}
        if isinstance(self.value, list):
            return [self.at(index).read_json() for index in range(len(self.value))]
        return str(self.value) if isinstance(self.value, VariableText) else self.value

    def _read_scalar(self, wanted: str, *kinds: type) -> Any:
        """Return a value of the types. A variable of the process has only text, from which its value is read."""
        value = self.value
        if isinstance(value, VariableText):
            with suppress(ScalarError):
                value = resolve_plain(value)
        if type(value) in kinds:
            return value
        self._refuse(wanted)
        return None

    def _refuse(self, wanted: str, hint: str = "") -> None:
        if isinstance(self.value, UnreadableText):
            self.report(f"{self.name}: {self.value.message}", self.value.hint)
        elif not isinstance(self.value, MissingVariable):
            self.report(f"{self.name} must be {wanted}, not {describe_value(self.value)}", hint)
        elif self.value.is_reported:
            self.report(f"${self.value.name} is not set", "set it in the environment or in the file .env")

    def _refuse_kind(self, wanted: str, hint: str = "") -> None:
        """Report that the value is not a list or a mapping, which no variable can be: its value is a text."""
        if isinstance(self.value, MissingVariable):
            self.report(f"{self.name} must be {wanted}, not the variable ${self.value.name}")
        else:
            self._refuse(wanted, hint)
