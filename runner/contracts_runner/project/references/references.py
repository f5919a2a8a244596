"""Checks what contracts name: operations, parameters, credentials, environments, scenarios.

See docs/design.md, Contract file.
"""

from collections.abc import Iterator

from contracts_runner.errors import Problem
from contracts_runner.model.contract import KnownDeviation, Scenario
from contracts_runner.project.contract.property_known import check_known_properties
from contracts_runner.project.parts import Project
from contracts_runner.project.references.operation_references import check_operation
from contracts_runner.project.references.value_references import check_values
from contracts_runner.project.references.warehouse_references import check_warehouse
from contracts_runner.reading.places import Place, StepSite, find_mappings, iter_scenarios, iter_sites
from contracts_runner.reading.suggest import suggest_or_list

_BUILT_IN_AUTH = ("none", "invalid")


def check_references(project: Project) -> list[Problem]:
    """Return every name that leads nowhere, and every id that stands twice."""
    return list(_iter_problems(project))


def _iter_problems(project: Project) -> Iterator[Problem]:
    yield from _check_ids(project)
    ids = {scenario.id for scenario in project.scenarios}
    for contract in project.contracts:
        document = project.documents[contract.location.path]
        yield from _check_spec_key(project, contract.spec, Place(document, ("spec",)))
        for scenario, place in iter_scenarios(contract, document):
            yield from _check_scenario(project, scenario, place, ids)
    for warehouse in project.warehouses:
        place = Place(project.documents[warehouse.location.path], ("warehouse",))
        yield from _check_spec_key(project, warehouse.spec, place)
        yield from check_warehouse(project, warehouse)
    yield from check_known_properties(project)


def _check_ids(project: Project) -> Iterator[Problem]:
    """Yield the ids that were used before: they are the keys of every report, for scenarios and warehouse checks."""
    scenarios = [(scenario.id, scenario.location) for scenario in project.scenarios]
    checks = [(check.id, check.location) for contract in project.warehouses for check in contract.checks]
    first: dict[str, str] = {}
    for identifier, location in (*scenarios, *checks):
        if not identifier:
            continue
        if identifier in first:
            message = f"the id '{identifier}' is used twice, first in {first[identifier]}"
            yield Problem(location=location, message=message, hint="ids are unique in the project", rule="reference")
        first.setdefault(identifier, str(location))


def _check_spec_key(project: Project, key: str, place: Place) -> Iterator[Problem]:
    if key and key not in project.settings.specs:
        yield place.build_problem(f"there is no spec '{key}'", suggest_or_list(key, project.settings.specs))


def _check_scenario(project: Project, scenario: Scenario, place: Place, ids: set[str]) -> Iterator[Problem]:
    for deviation, known in zip(scenario.known, find_mappings(place.at("known")), strict=True):
        yield from _check_known(project, deviation, known, ids)
    for site in iter_sites(scenario, place):
        yield from _check_environments(project, site)
        yield from _check_auth(project, scenario, site)
        yield from check_operation(project, scenario.spec, site)
        yield from check_values(project, scenario.spec, site)


def _check_known(project: Project, deviation: KnownDeviation, place: Place, ids: set[str]) -> Iterator[Problem]:
    names = project.settings.environments
    for name in deviation.environments:
        if name not in names:
            index = place.find("environments").index(name)
            hint = suggest_or_list(name, names)
            yield place.at("environments", index).build_problem(f"there is no environment '{name}'", hint)
    if deviation.instead and deviation.instead not in ids:
        message = f"there is no scenario '{deviation.instead}'"
        yield place.at("instead").build_problem(message, suggest_or_list(deviation.instead, ids))


def _check_environments(project: Project, site: StepSite) -> Iterator[Problem]:
    names = project.settings.environments
    for name in site.step.variants:
        if name not in names:
            hint = suggest_or_list(name, names)
            yield site.place.at("in", name).build_problem(f"there is no environment '{name}'", hint)


def _check_auth(project: Project, scenario: Scenario, site: StepSite) -> Iterator[Problem]:
    spec = project.specs.get(scenario.spec)
    if spec is None:
        return
    known = [*_BUILT_IN_AUTH, *spec.security_schemes, *project.settings.find_names("credentials")]
    for place, auth in _iter_auth(site):
        if auth not in known:
            yield place.build_problem(f"unknown credential '{auth}'", suggest_or_list(auth, dict.fromkeys(known)))


def _iter_auth(site: StepSite) -> Iterator[tuple[Place, str]]:
    step, place = site.step, site.place
    stated = [
        (place.at("auth"), step.auth),
        (place.at("probe", "auth"), step.probe.auth if step.probe else None),
        *((place.at("in", name, "auth"), variant.auth) for name, variant in step.variants.items()),
    ]
    yield from ((where, auth) for where, auth in stated if auth)
