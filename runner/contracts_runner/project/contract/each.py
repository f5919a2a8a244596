"""`each:` of a scenario: a table, in the contract file or in one of its own; the scenario is run for each item."""

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import SourceLocation
from contracts_runner.model.json import Json
from contracts_runner.project.files import suggest_file
from contracts_runner.reading.declarations import Form, Key, Reader
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.forms import Reading, Value
from contracts_runner.reading.readers import JSON, either, parsed
from contracts_runner.reading.suggest import find_similar
from contracts_runner.reading.value_readers import PLAIN
from contracts_runner.reading.yaml_source import load_yaml

_KINDS = (".csv", ".json", ".yaml", ".yml")
# Names stand within brackets, in lines of reports.
_NOT_IN_NAME = r"[\]\u0000-\u001f]"


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a table: what stands in the brackets behind the scenario's id, and its values."""

    name: str
    values: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class _Row:
    values: Mapping[str, Json]
    location: SourceLocation


def _parse_file(text: str) -> Path:
    path = Path(text)
    if path.suffix not in _KINDS:
        raise FormError(f"'{text}' is no table; its name ends in one of {', '.join(_KINDS)}")
    return path


class EachFileForm(Form):
    """A file with the table."""

    noun = "a table"
    file = Key(
        parsed(_parse_file, "path", r"[^/]\.(csv|json|yaml|yml)$", "a .csv, .json or .yaml file below the project"),
        "A CSV (its first line names the columns, all cells are texts), JSON or YAML file below the project.",
        required=True,
        example="data/ages.csv",
    )


def _read_list(value: Value) -> tuple[Item, ...]:
    return _name_items(value, list(_iter_rows(value, PLAIN)))


def _iter_rows(value: Value, reader: Reader[Json]) -> Iterator[_Row]:
    for item in value.read_list():
        entries = item.read_entries()
        if isinstance(item.value, dict):
            yield _Row({name: reader.read(entry) for name, entry in entries.items()}, item.location)


def _read_file(form: EachFileForm) -> tuple[Item, ...] | None:
    path = form.file
    root = form.place.reading.root
    if path is None or root is None:
        return None  # a mistake, or only the form of the contract file is wanted
    place = form.at(EachFileForm.file)
    if not (root / path).resolve().is_relative_to(root.resolve()):
        place.report(f"the file '{path}' is not below the project")
        return None
    if not (root / path).is_file():
        place.report(f"there is no file '{path}'", suggest_file(root, path))
        return None
    rows = _read_csv(place, root / path) if path.suffix == ".csv" else _read_data(place, root / path, root)
    return None if rows is None else _name_items(place, rows)


def _read_csv(place: Value, path: Path) -> list[_Row] | None:
    content = path.read_bytes()
    name = place.note_file(path, content)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        place.report("is not UTF-8", "save the file as UTF-8", location=SourceLocation(name, line))
        return None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[_Row] = []
    try:
        header = next(reader, None)
        while header is not None and (cells := next(reader, None)) is not None:
            location = SourceLocation(name, reader.line_num)
            if cells and len(cells) != len(header):
                message = f"the line has {len(cells)} cells, the first one {len(header)}"
                place.report(message, "put quotes around a cell with a comma", location=location)
            elif cells:
                rows.append(_Row(dict(zip(header, cells, strict=True)), location))
    except csv.Error as error:
        place.report(f"is not CSV: {error}", location=SourceLocation(name, reader.line_num))
        return None
    if header is None:
        place.report("the file is empty", "its first line names the columns", location=SourceLocation(name, 1))
        return None
    for column in sorted({column for column in header if header.count(column) > 1}):
        place.report(f"two columns have the name '{column}'", location=SourceLocation(name, 1))
    return rows


def _read_data(place: Value, path: Path, root: Path) -> list[_Row] | None:
    document = load_yaml(path, root)
    place.note_file(path, path.read_bytes())
    reading = Reading(document)
    rows = list(_iter_rows(reading.start(), JSON)) if not document.problems else []
    for problem in reading.problems:
        place.report(problem.message, problem.hint, rule=problem.rule, location=problem.location)
    return None if reading.problems else rows


def _name_items(place: Value, rows: list[_Row]) -> tuple[Item, ...]:
    """Return the items, each under its `name`, or its number; names that cannot be told apart are reported."""
    items: dict[str, Item] = {}
    named = [row for row in rows if "name" in row.values]
    for row in rows if named else ():
        if "name" not in row.values and (similar := find_similar("name", row.values)):
            hint = f"Did you mean 'name' by '{similar}'?"
            place.report("the item has no 'name', which others have", hint, location=row.location)
    for number, row in enumerate(rows, start=1):
        name = _name(place, row, number)
        if name in items:
            place.report(f"two items have the name '{name}'", "names are unique in a table", location=row.location)
        items[name] = Item(name, row.values)
    return tuple(items.values())


def _name(place: Value, row: _Row, number: int) -> str:
    given = row.values.get("name")
    if given is None or given == "":
        return str(number)
    if isinstance(given, list | Mapping):
        place.report("the name of an item must be a text", location=row.location)
        return str(number)
    name = given if isinstance(given, str) else json.dumps(given)
    if found := re.search(_NOT_IN_NAME, name):
        place.report(f"the name '{name}' of an item cannot hold {found[0]!r}", location=row.location)
    return name


_NAME_TYPES = ["string", "number", "boolean", "null"]
EACH: Reader[tuple[Item, ...]] = either(
    "array",
    Reader(
        _read_list,
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "name": {"type": _NAME_TYPES, "not": {"type": "string", "pattern": rf"{_NOT_IN_NAME}|\$\{{"}}
                },
                "additionalProperties": PLAIN.schema,
            },
        },
        "list; each item: mapping",
    ),
    EachFileForm.reader().then(_read_file),
)
