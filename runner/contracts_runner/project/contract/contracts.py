"""Reads a contract file: its scenarios with what they inherit (docs/design.md, Contract file)."""

import re

from contracts_runner.errors import Problem
from contracts_runner.model.contract import Contract, Scenario
from contracts_runner.model.spec import Source
from contracts_runner.project.contract.known import read_known
from contracts_runner.project.contract.property_known import read_property_section
from contracts_runner.project.contract.steps import read_steps
from contracts_runner.reading.durations import FormError
from contracts_runner.reading.forms import Reading, Section, Value
from contracts_runner.reading.yaml_source import YamlDocument

KEYS = ("contract", "title", "spec", "source", "tags", "scenarios", "properties")
SCENARIO_KEYS = ("id", "title", "tags", "source", "steps", "cleanup", "known", "tables")

# Ids are typed on command lines beside globs and files, and name folders of a run.
_FORBIDDEN_IN_ID = re.compile(r"[\s/\\*?\[\]\x00-\x1f]")


def read_contract(document: YamlDocument) -> tuple[Contract | None, list[Problem]]:
    """Return the contract as far as it can be read, and every mistake in it."""
    reading = Reading(document)
    section = reading.start().read_section("a contract file", KEYS, required=("contract", "spec"))
    if section is None:
        return None, reading.problems
    if "scenarios" not in section and "properties" not in section:
        section.value.report("a contract file needs the key 'scenarios'")
    name, spec = section.read_text("contract"), section.read_text("spec")
    section.read("properties", lambda value: read_property_section(value, spec))
    shared = _Shared(section, name, spec)
    items = section.read("scenarios", Value.read_items) or []
    contract = Contract(
        name=name,
        title=section.read_text("title") or name,
        spec=spec,
        scenarios=tuple(scenario for item in items if (scenario := _read_scenario(item, shared))),
        location=section.location,
    )
    return contract, reading.problems


class _Shared:
    """What the scenarios of one file have in common."""

    def __init__(self, section: Section, name: str, spec: str) -> None:
        self.name = name
        self.spec = spec
        self.tags = section.read("tags", Value.read_texts) or ()
        self.source = section.read("source", lambda value: _read_source(value, inherited=None))


def _read_scenario(value: Value, shared: _Shared) -> Scenario | None:
    section = value.read_section("a scenario", SCENARIO_KEYS, required=("id", "title", "steps"))
    if section is None:
        return None
    own_tags = section.read("tags", Value.read_texts) or ()
    return Scenario(
        id=section.read("id", read_id) or "",
        title=section.read_text("title"),
        contract=shared.name,
        spec=shared.spec,
        tags=tuple(dict.fromkeys((*shared.tags, *own_tags))),
        source=_read_scenario_source(section, shared.source),
        steps=section.read("steps", read_steps) or (),
        cleanup=section.read("cleanup", read_steps) or (),
        known=section.read("known", read_known) or (),
        tables=section.read("tables", Value.read_texts) or (),
        location=value.location,
    )


def read_id(value: Value) -> str | None:
    """Return an id: a text that is fit for a command line and a file name."""
    return value.read_parsed(_parse_id) if value.read_text() else None


def _parse_id(text: str) -> str:
    if found := _FORBIDDEN_IN_ID.search(text):
        raise FormError(f"the id '{text}' cannot hold {found[0]!r}; use letters, digits, dots, - and _")
    return text


def _read_scenario_source(section: Section, inherited: Source | None) -> Source | None:
    return section.read("source", lambda value: _read_source(value, inherited=inherited)) or inherited


def _read_source(value: Value, *, inherited: Source | None) -> Source | None:
    """Return the source; a scenario's own keys override those of its contract."""
    section = value.read_section("a source", ("document", "section"))
    if section is None:
        return None
    document = section.read_text("document") or (inherited.document if inherited else "")
    if not document and "document" not in section:
        value.report("the source names no document", "give 'document' here or in the source of the contract")
    return Source(document=document, section=section.read_text("section"))
