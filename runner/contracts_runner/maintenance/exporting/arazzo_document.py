"""`contracts export --format arazzo`: scenarios as an Arazzo 1.0.1 document, and what it does not say."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import yaml

from contracts_runner.engine.outgoing import OutgoingStep, decide_scenario, decide_step
from contracts_runner.engine.scope import Scope, ValueSource
from contracts_runner.maintenance.arazzo_extensions import CLEANUP, ID, NOT_CARRIED
from contracts_runner.maintenance.exporting.arazzo_steps import StepWriter
from contracts_runner.maintenance.exporting.arazzo_values import Names, Values
from contracts_runner.maintenance.exporting.filter_queries import UnsayableError
from contracts_runner.maintenance.lint.declared_responses import DeclaredResponses
from contracts_runner.model.contract import Scenario
from contracts_runner.model.environment import Environment
from contracts_runner.model.json import Json
from contracts_runner.project.files import ProjectFiles
from contracts_runner.project.project import Project
from contracts_runner.reading.expressions import ROW
from contracts_runner.reading.yaml_writing import Dumper

VERSION = "1.0.1"


class ArazzoWriter:
    """Writes scenarios as one document, whose source descriptions are relative to `folder`."""

    def __init__(self, project: Project, environment: Environment, *, folder: Path, now: datetime, run_id: str) -> None:
        self._project, self._environment, self._folder = project, environment, folder
        self._now, self._run_id = now, run_id
        self._workflows, self._steps = Names(), Names()
        self._outputs: dict[str, dict[str, str]] = {}  # scenario -> capture -> expression

    def write(self, scenarios: Sequence[Scenario]) -> dict[str, Json]:
        """Return the document, without workflows where none of the scenarios can be said."""
        keys = dict.fromkeys(step.spec for each in scenarios for step in (*each.steps, *each.cleanup))
        names = Names()
        self._writer = StepWriter(
            specs=self._project.specs,
            environment=self._environment,
            sources={key: names.choose(key) for key in keys},
            responses={key: DeclaredResponses(self._project.specs[key]) for key in keys},
            files=ProjectFiles(self._project.root),
        )
        lost: list[Json] = []
        workflows: list[Json] = []
        for scenario in _sort(scenarios):
            try:
                workflows.append(self._write_workflow(scenario))
            except UnsayableError as error:
                lost.append({"scenario": scenario.id, "because": str(error)})
        lost += [{"overlays": key} for key in keys if self._project.settings.specs[key].overlays]
        title = ", ".join(dict.fromkeys(scenario.contract for scenario in scenarios))
        return {
            "arazzo": VERSION,
            "info": {"title": title, "version": "1", "x-contracts-environment": self._environment.name},
            "sourceDescriptions": [self._describe_source(key) for key in keys],
            "workflows": workflows,
            **({NOT_CARRIED: lost} if lost else {}),
        }

    def _describe_source(self, key: str) -> dict[str, Json]:
        path = os.path.relpath(self._project.specs[key].path, self._folder).replace(os.sep, "/")
        return {"name": self._writer.sources[key], "url": quote(path), "type": "openapi"}

    def _write_workflow(self, scenario: Scenario) -> dict[str, Json]:
        environment = self._environment
        if scenario.skip and scenario.skip.holds(environment.name, self._now.date()):
            raise UnsayableError(f"skipped: {scenario.skip.because}")
        values = self._build_values(scenario)
        lost: list[Json] = _list_others(scenario, environment)
        outgoing = decide_scenario(scenario, self._project.specs, environment)
        steps = self._write_steps(outgoing, values, lost)
        if not steps:
            first = next(each for each in lost if isinstance(each, Mapping))
            raise UnsayableError(f"step '{first['step']}': {first['because']}")
        cleanup_steps = [decide_step(step, self._project.specs, environment) for step in scenario.cleanup]
        cleanup = self._write_steps(cleanup_steps, values, lost, count=len(steps))
        if cleanup:
            action = {"name": "cleanup", "type": "goto", "stepId": cleanup[0]["stepId"]}
            for step in steps:
                step["onFailure"] = [*step.get("onFailure", []), action]
        identifier = values.workflow
        self._outputs[scenario.id] = {
            name: f"$workflows.{identifier}.outputs.{expression.rpartition('.')[2]}"
            for name, expression in values.outputs.items()
        }
        outputs = {expression.rpartition(".")[2]: expression for expression in values.outputs.values()}
        needs = [self._workflows.choose(needed) for needed in scenario.needs.values()]
        return {
            "workflowId": identifier,
            "summary": scenario.title,
            **({"inputs": {"type": "object", "properties": values.inputs}} if values.inputs else {}),
            **({"dependsOn": list(dict.fromkeys(needs))} if needs else {}),
            "steps": [*steps, *cleanup],
            **({"outputs": outputs} if outputs else {}),
            ID: scenario.id,
            **({CLEANUP: [step["stepId"] for step in cleanup]} if cleanup else {}),
            **({NOT_CARRIED: lost} if lost else {}),
        }

    def _write_steps(
        self, steps: Iterable[OutgoingStep], values: Values, lost: list[Json], *, count: int = 0
    ) -> list[dict[str, Json]]:
        """Return the steps up to the first that cannot be said: what follows builds on it. Of a cleanup, which begins
        behind `count` steps, each that can be."""
        written: list[dict[str, Json]] = []
        problem, named = "", set[str]()
        for number, outgoing in enumerate(steps, start=count + 1):
            kind = "cleanup " if count else ""
            # Tools look for the outputs of a step by its id alone: it is another one in each workflow, and steps may
            # share a name.
            text = f"{values.workflow} {kind}{outgoing.step.name}"
            values.step = self._steps.choose(text if text not in named else f"{text} #{number}")
            named.add(text)
            values.scope.begin_step(self._now, number)
            try:
                if problem or outgoing.is_kept_back:
                    raise UnsayableError(problem or outgoing.reason)
                written.append(self._writer.write(outgoing, values))
            except UnsayableError as error:
                lost.append({"step": outgoing.step.name, "because": str(error)})
                problem = "" if count else f"it follows the step '{outgoing.step.name}'"
        return written

    def _build_values(self, scenario: Scenario) -> Values:
        source = ValueSource(environment=self._environment.name)
        scope = Scope(
            variables=self._environment.variables, run_id=self._run_id, scenario_id=scenario.id, source=source
        )
        scope.begin_step(self._now)
        scope.define(scenario.variables)
        if scenario.row is not None:
            scope.share(ROW, scenario.row)
        unknown = [needed for needed in scenario.needs.values() if needed not in self._outputs]
        if unknown:
            raise UnsayableError(f"it needs {unknown[0]}, which is not carried")
        members = {
            f"{alias}.{name}": expression
            for alias, needed in scenario.needs.items()
            for name, expression in self._outputs[needed].items()
        }
        return Values(
            scope, self._environment.variables, scenario.variables, self._workflows.choose(scenario.id), members=members
        )


def _sort(scenarios: Sequence[Scenario]) -> list[Scenario]:
    """Return the scenarios in their order, but each behind those that it needs."""
    known = {scenario.id: scenario for scenario in scenarios}
    placed: dict[str, Scenario] = {}

    def place(scenario: Scenario) -> None:
        for needed in scenario.needs.values():
            if needed in known and needed not in placed:
                place(known[needed])
        placed[scenario.id] = scenario

    for scenario in scenarios:
        place(scenario)
    return list(placed.values())


def render_document(document: Mapping[str, Json], *, is_json: bool) -> str:
    """Return the document as YAML or JSON."""
    if is_json:
        return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    text: str = yaml.dump(document, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=110)
    return text


class _Plain(Dumper):
    """Without anchors."""

    def ignore_aliases(self, _: object) -> bool:
        return True


def _list_others(scenario: Scenario, environment: Environment) -> list[Json]:
    """Return what is said of a whole scenario and no workflow says."""
    there = {
        "known": any(environment.name in each.environments for each in scenario.known),
        "cookies: keep": scenario.keeps_cookies,
        "exclusive": scenario.exclusive is not None,
        "quarantine": scenario.quarantine is not None,
        "load": scenario.load is not None,
        "tables": bool(scenario.tables),
    }
    return [name for name, is_there in there.items() if is_there]
