"""Checks what contracts name: operations, parameters, credentials, environments, scenarios, values."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from contracts_runner.errors import Problem, Rule, SourceLocation
from contracts_runner.model.contract import Auth, KnownProperty, Scenario
from contracts_runner.model.warehouse import TableCheck
from contracts_runner.project.parts import Project
from contracts_runner.project.references.known_references import check_known
from contracts_runner.project.references.need_references import check_needs, list_shared
from contracts_runner.project.references.operation_references import check_operation, check_warehouse
from contracts_runner.project.references.value_references import check_values, check_variables
from contracts_runner.reading.places import (
    Place,
    find_mappings,
    iter_scenarios,
    iter_sites,
    iter_unknown,
)

_BUILT_IN_AUTH = ("none", "invalid")


def check_references(project: Project) -> list[Problem]:
    """Return every name that refers to nothing, and every id that is used twice."""
    # Those of a table share their mistakes.
    return list({(problem, problem.owner): problem for problem in _iter_problems(project)}.values())


def _iter_problems(project: Project) -> Iterator[Problem]:
    yield from _check_ids(project)
    scenarios = {scenario.id: scenario for scenario in project.scenarios}
    ids = {name for scenario in project.scenarios for name in (scenario.id, scenario.of) if name}
    check_ids = {check.name for warehouse in project.warehouses for check in warehouse.checks}
    for contract in project.contracts:
        document = project.documents[contract.location.path]
        yield from _check_spec_key(project, contract.spec, document.location(("spec",)))
        default = next((step.defaults.auth for each in contract.scenarios for step in each.steps), None)
        yield from _check_auth(project, contract.spec, default, Place(document, ("defaults",)))
        yield from check_variables(project, contract, Place(document, ()))
        for scenario, place in iter_scenarios(contract, document):
            yield from _own(scenario.location, _check_scenario(project, scenario, place, scenarios, ids))
        for entry in contract.known_properties:
            yield from _own(entry.location, _check_known_property(project, entry, ids))
    for warehouse in project.warehouses:
        document = project.documents[warehouse.location.path]
        yield from _check_spec_key(project, warehouse.spec, document.location(("warehouse",)))
        names = [(warehouse.name, document.location(("warehouse", "name")))]
        yield from iter_unknown("there is no warehouse", names, project.settings.find_names("warehouses"))
        for problem in check_warehouse(project, warehouse):
            yield dataclasses.replace(problem, owner=problem.location)
        for check in warehouse.checks:
            yield from _own(check.location, _check_known_failures(project, check, {*ids, *check_ids}))


def _own(owner: SourceLocation, problems: Iterable[Problem]) -> Iterator[Problem]:
    return (dataclasses.replace(problem, owner=owner) for problem in problems)


def _check_ids(project: Project) -> Iterator[Problem]:
    """Yield the ids that were used before: they are the keys of every report, for scenarios and warehouse checks."""
    scenarios = [
        (scenario.of or scenario.id, scenario.location)
        for contract in project.contracts
        for scenario in {scenario.number: scenario for scenario in contract.scenarios}.values()
    ]
    checks = [(check.id, check.location) for contract in project.warehouses for check in contract.checks]
    first: dict[str, str] = {}
    for identifier, location in (*scenarios, *checks):
        if not identifier:
            continue
        if identifier in first:
            message = f"the id '{identifier}' is used twice, first in {first[identifier]}"
            hint = "ids are unique in the project"
            yield Problem(location=location, message=message, hint=hint, rule=Rule.REFERENCE, owner=location)
        first.setdefault(identifier, str(location))


def _check_spec_key(project: Project, key: str, location: SourceLocation) -> Iterator[Problem]:
    # What is written in the place of them was told.
    if isinstance(project.settings.document.value.get("specs"), dict):
        yield from iter_unknown("there is no spec", [(key, location)], project.settings.specs)


def _check_scenario(
    project: Project, scenario: Scenario, place: Place, scenarios: Mapping[str, Scenario], ids: set[str]
) -> Iterator[Problem]:
    yield from check_needs(project, scenario, place, scenarios)
    shared = list_shared(scenario, place, scenarios)
    for key, named in (("skip", scenario.skip), ("quarantine", scenario.quarantine)):
        written = place.at(key, "environments")
        names = ((name, written.location) for name in (named.environments if named else None) or ())
        yield from project.settings.iter_unknown_environments(names)
    for deviation, known in zip(scenario.known, find_mappings(place.at("known")), strict=True):
        yield from check_known(project, scenario, deviation, known, ids)
    for site in iter_sites(scenario, place):
        variants = ((name, site.place.at("in", name).location) for name in site.step.variants)
        yield from project.settings.iter_unknown_environments(variants)
        if site.place.find("spec") is not None:
            yield from _check_spec_key(project, site.step.spec, site.place.at("spec").location)
        for part, part_place in site.iter_parts():
            yield from _check_auth(project, site.step.spec, part.auth, part_place)
        yield from check_operation(project, site)
        yield from check_values(project, scenario, site, shared)


def _check_known_failures(project: Project, check: TableCheck, ids: set[str]) -> Iterator[Problem]:
    for entry in check.known:
        yield from project.settings.iter_unknown_environments((name, entry.location) for name in entry.environments)
        yield from iter_unknown("there is no scenario or check", [(entry.instead or "", entry.location)], ids)


def _check_known_property(project: Project, entry: KnownProperty, ids: set[str]) -> Iterator[Problem]:
    spec, name = project.specs.get(entry.spec), entry.operation
    if spec and not spec.find_operation(name) and not any(fnmatchcase(label, name) for label in spec.operations):
        yield from iter_unknown("there is no operation", [(name, entry.location)], spec.operations)
    names = ((environment, entry.location) for environment in entry.environments)
    yield from project.settings.iter_unknown_environments(names)
    yield from iter_unknown("there is no scenario", [(entry.instead or "", entry.location)], ids)


def _check_auth(project: Project, spec_key: str, auth: Auth | None, place: Place) -> Iterator[Problem]:
    if spec := project.specs.get(spec_key):
        known = [*_BUILT_IN_AUTH, *spec.security_schemes, *project.settings.find_names("credentials")]
        names = (auth,) if isinstance(auth, str) else tuple(auth or ())
        located = [(name, place.at("auth").location) for name in names]
        if isinstance(auth, Mapping):
            yield from iter_unknown("there is no security scheme", located, spec.security_schemes)
        else:
            yield from iter_unknown("unknown credential", located, dict.fromkeys(known))
