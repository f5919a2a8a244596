"""Reads `properties:` of a contract file: findings of generated tests that the team has accepted."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase

from contracts_runner.errors import Problem, SourceLocation
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.parts import Project
from contracts_runner.project.settings.property_form import CHECKS
from contracts_runner.reading.declarations import Form, Key
from contracts_runner.reading.forms import Reading, Value
from contracts_runner.reading.readers import BOOLEAN, DAY, TEXT, TEXTS, choice, items
from contracts_runner.reading.suggest import suggest_or_list

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


class KnownFindingForm(
    Form, rules={"if": {"required": ["in"]}, "then": {"properties": {"check": {"const": _REJECTION}}}}
):
    """A finding of generated tests that the team has accepted."""

    noun = "a known finding"
    operation = Key(TEXT, "An operation, or a glob such as `list*`.", required=True, example="listOrders")
    check = Key(
        choice(*CHECKS, "response"),
        "The check that is known to fail; `response` is an answer that breaks HTTP or our bounds.",
        required=True,
        example="status_code_conformance",
    )
    in_ = Key(
        choice("path", "query", "header", "cookie", "body"),
        f"The part of the request with invalid values; only of {_REJECTION}.",
        example="query",
    )
    rare = Key(BOOLEAN, "True if only chance shows it: it is not taken for gone when no request did.", example="true")
    because = Key(TEXT, "Why the team accepts it.", required=True, example="The vendor knows of it.")
    until = Key(DAY, "The last day on which it is accepted, such as 2027-06-30.", required=True, example="2027-06-30")
    environments = Key(TEXTS, "Where it is accepted; everywhere if left out.", example="[prod]")

    def __init__(self, place: Value) -> None:
        super().__init__(place)
        if KnownFindingForm.in_ in self and self.check not in (None, _REJECTION):
            self.at(KnownFindingForm.in_).report(f"only {_REJECTION} is about a part of the request")


class PropertySectionForm(Form):
    """What the team accepts of generated tests."""

    noun = "properties"
    known = Key(
        items(KnownFindingForm.reader()),
        "Findings of generated tests that the team has accepted.",
        required=True,
        example="[{operation: listOrders, check: ignored_auth, because: It is so., until: 2027-06-30}]",
    )


def list_known_properties(project: Project) -> tuple[KnownProperty, ...]:
    """Return all entries of all contract files, which have been read and found good."""
    entries: list[KnownProperty] = []
    for document in project.documents.values():
        if isinstance(document.value, dict) and "properties" in document.value:
            root = Reading(replace(document, problems=())).start()
            section = PropertySectionForm.take(root.at("properties"))
            found = section.known or () if section else ()
            entries += [_build_entry(form, str(document.value.get("spec", ""))) for form in found]
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


def _build_entry(form: KnownFindingForm, spec: str) -> KnownProperty:
    return KnownProperty(
        spec=spec,
        operation=form.operation or "",
        check=form.check or "",
        part=form.in_ or "",
        is_rare=form.rare or False,
        because=form.because or "",
        until=form.until or date.max,
        environments=form.environments or (),
        location=form.location,
    )


def _names_operation(spec: Spec, name: str) -> bool:
    return spec.find_operation(name) is not None or any(fnmatchcase(label, name) for label in spec.operations)


def _build_problem(entry: KnownProperty, message: str, name: str, known: Iterable[str]) -> Problem:
    hint = suggest_or_list(name, known)
    return Problem(location=entry.location, message=message, hint=hint, rule="reference")
