"""Checks what scenarios need: other scenarios, without a circle, and names that hide nothing."""

from collections.abc import Iterator, Mapping

from contracts_runner.errors import Problem
from contracts_runner.model.contract import Scenario
from contracts_runner.project.parts import Project
from contracts_runner.reading.places import Place, iter_unknown


def check_needs(
    project: Project, scenario: Scenario, place: Place, scenarios: Mapping[str, Scenario]
) -> Iterator[Problem]:
    """Yield needs that no scenario is, circles, and aliases that hide another name."""
    written = place.at("needs")
    tables = {each.of: each.id for each in scenarios.values() if each.of}
    for alias, identifier in scenario.needs.items():
        if identifier in tables and identifier not in scenarios:
            message = f"'{identifier}' is a table, of which one item can be needed"
            yield written.at(alias).build_problem(message, f"write `{tables[identifier]}`")
        else:
            yield from iter_unknown("there is no scenario", [(identifier, written.at(alias).location)], scenarios)
    variables = project.settings.find_names("variables")
    captures = {capture.name for step in scenario.steps for capture in step.captures}
    for alias, identifier in scenario.needs.items():
        circle = _find_circle(scenario.id, identifier, scenarios)
        if circle:
            message = f"the scenario needs itself: {' needs '.join(circle)}"
            yield written.at(alias).build_problem(message, "break the circle")
        other = (
            "a capture of the scenario"
            if alias in captures
            else "the variable of the file"
            if alias in scenario.variables
            else f"the variable of the environment '{variables[alias][0]}'"
            if alias in variables
            else ""
        )
        if other:
            yield written.at(alias).build_problem(f"the need '{alias}' hides {other}", "choose another name")


def list_shared(scenario: Scenario, place: Place, scenarios: Mapping[str, Scenario]) -> dict[str, list[str] | None]:
    """Return the names whose members the steps of a scenario may use -> these, None where they are not known: what it
    needs with the captures, and the columns of its row."""
    shared = {alias: _list_captures(scenarios.get(identifier)) for alias, identifier in scenario.needs.items()}
    has_table = place.find("each") is not None
    return {**shared, "row": None if scenario.row is None else list(scenario.row)} if has_table else shared


def _list_captures(scenario: Scenario | None) -> list[str] | None:
    if scenario is None:
        return None
    return list(dict.fromkeys(capture.name for step in scenario.steps for capture in step.captures))


def _find_circle(start: str, needed: str, scenarios: Mapping[str, Scenario]) -> list[str]:
    """Return the way from a scenario by one that it needs back to itself, nothing if there is none."""
    ways, seen = [[start, needed]], {needed}
    for way in ways:
        if way[-1] == start:
            return way
        following = scenarios[way[-1]].needs.values() if way[-1] in scenarios else ()
        for identifier in following:
            if identifier not in seen:
                seen.add(identifier)
                ways.append([*way, identifier])
    return []
