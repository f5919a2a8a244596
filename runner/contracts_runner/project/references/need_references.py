"""Checks what scenarios need: other scenarios, without a circle, and names that hide nothing."""

from collections.abc import Iterator, Mapping

from contracts_runner.errors import Problem
from contracts_runner.model.contract import Scenario
from contracts_runner.project.parts import Project
from contracts_runner.reading.expressions import ROW
from contracts_runner.reading.places import Place, iter_unknown


def check_needs(
    project: Project, scenario: Scenario, place: Place, scenarios: Mapping[str, Scenario]
) -> Iterator[Problem]:
    """Yield needs that no scenario is, circles, and names of needs and of the table that hide another one."""
    for alias, identifier in scenario.needs.items():
        written = place.at("needs", alias)
        yield from _check_need(identifier, written, scenarios)
        if circle := _find_circle(scenario.id, identifier, scenarios):
            message = f"the scenario needs itself: {' needs '.join(circle)}"
            yield written.build_problem(message, "break the circle")
        if other := _find_hidden(project, scenario, alias):
            yield written.build_problem(f"the need '{alias}' hides {other}", "choose another name")
    if place.find("each") is not None and (other := _find_hidden(project, scenario, ROW)):
        yield place.at("each").build_problem(f"the table's '{ROW}' hides {other}", "choose another name for that")


def _check_need(identifier: str, written: Place, scenarios: Mapping[str, Scenario]) -> Iterator[Problem]:
    items = () if identifier in scenarios else scenarios.values()
    if item := next((each.id for each in items if each.of == identifier), ""):
        message = f"'{identifier}' is a table, of which one item can be needed"
        yield written.build_problem(message, f"write `{item}`")
    else:
        yield from iter_unknown("there is no scenario", [(identifier, written.location)], scenarios)


def _find_hidden(project: Project, scenario: Scenario, name: str) -> str:
    """Return what else has a name, "" if nothing has."""
    if name in (capture.name for step in (*scenario.steps, *scenario.cleanup) for capture in step.captures):
        return "a capture of the scenario"
    if name in scenario.variables:
        return "the variable of the file"
    environments = project.settings.find_names("variables").get(name)
    return f"the variable of the environment '{environments[0]}'" if environments else ""


def list_shared(scenario: Scenario, place: Place, scenarios: Mapping[str, Scenario]) -> dict[str, list[str] | None]:
    """Return the names whose members the steps of a scenario may use -> these, None where they are not known: what it
    needs with the captures, and the columns of its row."""
    shared = {alias: _list_captures(scenarios.get(identifier)) for alias, identifier in scenario.needs.items()}
    has_table = place.find("each") is not None
    return {**shared, ROW: None if scenario.row is None else list(scenario.row)} if has_table else shared


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
