"""Describes one scenario or one warehouse check in full, as `contracts show` prints it."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from contracts_runner.engine.outgoing import find_operation
from contracts_runner.errors import UsageError
from contracts_runner.model.contract import Scenario
from contracts_runner.model.spec import Source
from contracts_runner.model.warehouse import TableCheck
from contracts_runner.project.project import Project
from contracts_runner.reading.places import Place, find_mappings, iter_scenarios
from contracts_runner.reading.suggest import suggest
from contracts_runner.reading.yaml_writing import Dumper

_INDENT = "    "
_WIDTH = 110
# The keys of a step that its first lines show.
_SHOWN = ("name", "operation")


class _Dumper(Dumper):
    """Writes the value of an alias instead of the alias, and indents lists."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - PyYAML's
        return super().increase_indent(flow, False)


def describe(project: Project, identifier: str) -> str:
    """Return the description of a scenario or a warehouse check; raises UsageError for an unknown ID."""
    for contract in project.contracts:
        for scenario, place in iter_scenarios(contract, project.documents[contract.location.path]):
            if identifier in (scenario.id, scenario.of):
                return "\n".join(_iter_scenario(project, scenario, place))
    checks = {check.name: check for contract in project.warehouses for check in contract.checks}
    if identifier in checks:
        return "\n".join(_iter_check(checks[identifier]))
    hint = suggest(identifier, [*(scenario.id for scenario in project.scenarios), *checks], is_part=True)
    raise UsageError(
        f"there is no scenario and no warehouse check '{identifier}'; {hint or '`contracts list` has all'}"
    )


def _iter_scenario(project: Project, scenario: Scenario, place: Place) -> Iterator[str]:
    yield f"{scenario.of or scenario.id}  {scenario.title}"
    facts = {
        "file": str(scenario.location),
        "contract": scenario.contract,
        "source": _render_source(scenario.source),
        "tags": ", ".join(scenario.tags) or "none",
    }
    yield from (f"{name + ':':<10}{text}" for name, text in facts.items())
    keys = ("needs", "each", "exclusive", "skip", "quarantine", "cookies")
    flow = {key: place.find(key) for key in keys if place.find(key) is not None}
    yield from _iter_yaml(flow, indent="")
    for key in ("steps", "cleanup"):
        steps = getattr(scenario, key)
        for number, (step, step_place) in enumerate(zip(steps, find_mappings(place.at(key)), strict=True), start=1):
            operation = find_operation(project.specs, step)
            grade = f"{operation.effect}, {operation.evidence}" if operation.is_described else "not in the spec"
            yield ""
            yield f"{'step' if key == 'steps' else key} {number}: {step.name}  ({step.location})"
            yield f"{_INDENT}{operation.method} {operation.path}  {operation.label}: {grade}"
            yield from _iter_yaml({name: step_place.find(name) for name in step_place.find() if name not in _SHOWN})
    if scenario.known:
        yield ""
        yield from _iter_yaml({"known": place.find("known")}, indent="")


def _iter_check(check: TableCheck) -> Iterator[str]:
    yield f"{check.name}  {check.place}: {check.word}"
    yield f"{'file:':<10}{check.location}"
    yield from _iter_yaml(check.written)


def _iter_yaml(value: Mapping[str, Any], indent: str = _INDENT) -> Iterator[str]:
    """Yield the lines of a mapping as an author would write it."""
    if value:
        text = yaml.dump(
            dict(value), Dumper=_Dumper, allow_unicode=True, sort_keys=False, default_flow_style=None, width=_WIDTH
        )
        yield from (indent + line for line in text.splitlines())


def _render_source(source: Source | None) -> str:
    if source is None:
        return "none"
    return source.document + (f", section {source.section}" if source.section else "")
