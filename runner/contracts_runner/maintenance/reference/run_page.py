"""Makes docs/reference/run-files.md: the lines of a ledger and results.json, from their types."""

from collections.abc import Iterator, Mapping

import msgspec

from contracts_runner.model.json import Json
from contracts_runner.results.events import EVENTS
from contracts_runner.results.results import Results

_BEGINNING = """# The files of a run

Generated from the types of `contracts_runner.results` by `tox -e generate`: change them, not this page.

## ledger.jsonl

One JSON object a line, appended as it happens. Each line has `seq` (from 1), `at` (UTC), `type` (one of the names
below) and `prev` (the SHA-256 of the line before, in hex; 64 zeros in the first line), then the keys of its type. All
texts and values are redacted. A reader leaves out lines of types, and keys, that it does not know.
"""
_RESULTS = """
## results.json

The fold of the ledger. Its JSON Schema is in the package: `contracts_runner/schema/results.schema.json`.
"""
_PARTS = """
## What they are made of
"""


def render_run_page() -> str:
    """Return the text of the page, in Markdown."""
    _, definitions = msgspec.json.schema_components([*EVENTS.values(), Results])
    kinds = {event.__name__: name for name, event in EVENTS.items()}
    lines = [_BEGINNING]
    for name in kinds:
        lines += _iter_section(f"`{kinds[name]}`", definitions.pop(name))
    lines += [_RESULTS, *_iter_table(definitions.pop(Results.__name__)), _PARTS]
    for name in sorted(definitions):
        lines += _iter_section(name, definitions[name])
    return "\n".join(lines).replace("\n\n\n", "\n\n").rstrip() + "\n"


def _iter_section(title: str, definition: Mapping[str, Json]) -> Iterator[str]:
    yield f"### {title}\n"
    yield definition.get("description", "") + "\n"
    if "enum" in definition:
        yield "One of " + ", ".join(f"`{word}`" for word in definition["enum"]) + ".\n"
    yield from _iter_table(definition)


def _iter_table(definition: Mapping[str, Json]) -> Iterator[str]:
    members = {name: member for name, member in definition.get("properties", {}).items() if name != "type"}
    if members:
        yield "| Key | Type | Meaning |\n| --- | --- | --- |"
        for name, member in members.items():
            yield f"| `{name}` | {_name_type(member)} | {member.get('description', '')} |"
        yield ""


def _name_type(schema: Mapping[str, Json]) -> str:
    """Return a member's type in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(map(_name_type, schema["anyOf"]))
    if "enum" in schema:
        return " or ".join(f"`{word}`" for word in schema["enum"])
    match schema.get("type"):
        case "array" if "prefixItems" in schema:
            return "[" + ", ".join(map(_name_type, schema["prefixItems"])) + "]"
        case "array":
            return f"array of {_name_type(schema['items'])}"
        case "object" if "additionalProperties" in schema:
            return f"object of {_name_type(schema['additionalProperties'])}"
        case None:
            return "any"
        case word:
            return str(word)
