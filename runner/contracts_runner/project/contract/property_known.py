"""Reads `properties:` of a contract file: findings of generated tests that the team has accepted."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase

from contracts_runner.errors import Problem, SourceLocation
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.parts import Project
from contracts_runner.project.settings.property_form import CHECKS
from contracts_runner.reading.durations import parse_day
from contracts_runner.reading.forms import Reading, Value
from contracts_runner.reading.suggest import suggest_or_list

KEYS = ("known",)
ENTRY_KEYS = ("operation", "check", "in", "rare", "because", "until", "environments")
PARTS = ("path", "query", "header", "cookie", "body")
# What is not chosen by name, but can be found: an answer that breaks HTTP or our bounds.
_ALWAYS = ("response",)
_REJECTION = "negative_data_rejection"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownProperty:
    """A check that is known to fail for an operation, or for all that a glob such as `list*` names, until a day
    (inclusive). No environments: in all of them.

    `part`: the part of the request in which the invalid values are, "" for any. `is_rare`: chance shows it, so that it
    is not gone when no request did.
    """

    spec: str
    operation: str
    check: str
    part: str
    is_rare: bool
    because: str
    until: date
    environments: tuple[str, ...]
    location: SourceLocation


def read_property_section(value: Value, spec: str) -> tuple[KnownProperty, ...]:
    """Return the entries in order; what is no mapping is left out."""
    section = value.read_section("properties", KEYS, required=KEYS)
    if section is None:
        return ()
    found = section.read("known", lambda known: [_read_entry(item, spec) for item in known.read_items()])
    return tuple(entry for entry in found or () if entry)


def list_known_properties(project: Project) -> tuple[KnownProperty, ...]:
    """Return all entries of all contract files, which have been read and found good."""
    entries: list[KnownProperty] = []
    for document in project.documents.values():
        if isinstance(document.value, dict) and "properties" in document.value:
            root = Reading(replace(document, problems=())).start()
            entries += read_property_section(root.at("properties"), str(document.value.get("spec", "")))
    return tuple(entries)


def check_known_properties(project: Project) -> Iterator[Problem]:
    """Yield the operations and environments that entries name and the project does not have."""
    for entry in list_known_properties(project):
        spec = project.specs.get(entry.spec)
        if spec and entry.operation and not _names_operation(spec, entry.operation):
            yield _build_problem(entry, f"there is no operation '{entry.operation}'", entry.operation, spec.operations)
        names = project.settings.environments
        for name in entry.environments:
            if name not in names:
                yield _build_problem(entry, f"there is no environment '{name}'", name, names)


def _read_entry(value: Value, spec: str) -> KnownProperty | None:
    required = ("operation", "check", "because", "until")
    section = value.read_section("a known finding", ENTRY_KEYS, required=required)
    if section is None:
        return None
    until = section.read_parsed("until", parse_day)
    check = section.read("check", lambda word: word.read_choice((*CHECKS, *_ALWAYS)))
    if "in" in section and check not in (None, _REJECTION):
        value.at("in").report(f"only {_REJECTION} is about a part of the request")
    return KnownProperty(
        spec=spec,
        operation=section.read_text("operation"),
        check=check or "",
        part=section.read("in", lambda word: word.read_choice(PARTS)) or "",
        is_rare=section.read("rare", Value.read_boolean) or False,
        because=section.read_text("because"),
        until=until or date.max,
        environments=section.read("environments", Value.read_texts) or (),
        location=value.location,
    )


def _names_operation(spec: Spec, name: str) -> bool:
    return spec.find_operation(name) is not None or any(fnmatchcase(label, name) for label in spec.operations)


def _build_problem(entry: KnownProperty, message: str, name: str, known: Iterable[str]) -> Problem:
    hint = suggest_or_list(name, known)
    return Problem(location=entry.location, message=message, hint=hint, rule="reference")
