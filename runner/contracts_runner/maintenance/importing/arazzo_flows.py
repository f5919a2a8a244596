"""Workflows of an Arazzo document with what goes from step to step: outputs are captures, other workflows are needs."""

import re
from collections.abc import Mapping
from dataclasses import field

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.arazzo_extensions import CLEANUP, ID, MADE
from contracts_runner.maintenance.importing.arazzo_documents import Inputs, RefusedError, Workflow
from contracts_runner.maintenance.importing.arazzo_references import Marks, References, make_name
from contracts_runner.maintenance.importing.promises import as_list, as_mapping
from contracts_runner.maintenance.importing.read_criteria import NotReadError, read_steps_of, render_path
from contracts_runner.model.json import Json
from contracts_runner.reading.expressions import BUILTINS
from contracts_runner.reading.places import Place

_BODY = re.compile(r"\$response\.body(?:#(\S*))?")
_HEADER = re.compile(r"\$response\.header\.(\S+)")
_OUTPUT = re.compile(r"\$steps\.([^.#\s]+)\.outputs\.([^.#\s]+)(?:#(\S*))?")
_RESULT = re.compile(r"\$outputs\.([^.#\s]+)")


@dataclass(slots=True)
class Flow:
    """One workflow. `captures`: step -> name -> what the step captures; `names`: step and output -> that name, or what
    it is in a scenario that is needed; `needs`: alias -> the id of a workflow."""

    workflow: Workflow
    flows: Mapping[str, "Flow"]
    lost: list[tuple[Place, str]] = field(default_factory=list)
    inputs: Inputs = field(default_factory=Inputs)
    captures: dict[str, dict[str, Json]] = field(default_factory=dict)
    names: dict[tuple[str, str], str] = field(default_factory=dict)
    needs: dict[str, str] = field(default_factory=dict)

    @property
    def is_own(self) -> bool:
        """Whether the workflow was exported: then its criteria are all that is expected."""
        return isinstance(self.workflow.place.find(ID), str)

    @property
    def cleanup(self) -> list[Json]:
        """The ids of the steps that clean up."""
        return as_list(self.workflow.place.find(CLEANUP))

    def read(self, step: Place) -> None:
        """Remember what a step gives to others."""
        for name, source in _read_outputs(step):
            found = _find_source(source)
            if found is None:
                self.lost.append((step.at("outputs", name), f"the output {name}: {source}"))
            else:
                self._capture(step.find("stepId"), name, found)

    def call(self, step: Place) -> None:
        """Run another workflow before; raises RefusedError where that is not the same."""
        identifier = step.find("workflowId")
        if not isinstance(identifier, str) or identifier not in self.flows:
            raise RefusedError(step.at("workflowId"), f"there is no workflow '{identifier}' in this document")
        if step.find("parameters"):
            message = f"it calls the workflow '{identifier}' with parameters; write the steps of that one in its place"
            raise RefusedError(step.at("parameters"), message)
        self._need(identifier)
        for name, source in _read_outputs(step):
            match = _RESULT.fullmatch(str(source))
            result = self.find_result(identifier, match[1]) if match else None
            if result is None:
                self.lost.append((step.at("outputs", name), f"the output {name}: {source}"))
            else:
                self.names[step.find("stepId"), name] = result[2:-1]

    def depend(self) -> None:
        """Need what the workflow depends on."""
        place = self.workflow.place.at("dependsOn")
        for index, identifier in enumerate(as_list(place.find())):
            if isinstance(identifier, str) and identifier in self.flows and identifier != self.workflow.id:
                self._need(identifier)
            else:
                self.lost.append((place.at(index), f"it depends on '{identifier}', which is not in this document"))

    def build_references(self, marks: Marks) -> References:
        """Return what the expressions of its steps mean."""
        self.inputs = Inputs.read(self.workflow.place.at("inputs"), MADE)
        return References(marks, self.inputs.values, self.inputs.made, self.find_output, self.find_result)

    def find_output(self, step: str, output: str, pointer: str) -> str | None:
        """Return the name of a capture, of a part of one that is made for it; None where there is none."""
        name = self.names.get((step, output))
        source = self.captures.get(step, {}).get(name or "")
        if name is None or not pointer:
            return name
        if not isinstance(source, str):
            return None
        try:
            steps = read_steps_of(pointer)
            path = source + render_path(steps)[1:]
        except NotReadError:
            return None
        return self._capture(step, f"{output}_{steps[-1] if steps else ''}", path)

    def find_result(self, identifier: str, output: str) -> str | None:
        """Return the expression of another workflow's output."""
        flow = self.flows.get(identifier)
        if flow is None or flow is self:
            return None
        source = as_mapping(flow.workflow.place.find("outputs")).get(output)
        match = _OUTPUT.fullmatch(str(source))
        name = flow.find_output(match[1], match[2], match[3] or "") if match else None
        return None if name is None else f"${{{self._need(identifier)}.{name}}}"

    def _need(self, identifier: str) -> str:
        alias = make_name(identifier)
        self.needs[alias] = identifier
        return alias

    def _capture(self, step: str, output: str, source: Json) -> str:
        known = {name for each in self.captures.values() for name in each}
        own = self.captures.setdefault(step, {})
        found = next(
            (name for name, each in own.items() if each == source and name == self.names.get((step, output))), None
        )
        if found is not None:
            return found
        name = make_name(output)
        if name in known or name in BUILTINS:
            name = make_name(f"{step}_{output}")
        number, wanted = 1, name
        while name in known:
            number += 1
            name = f"{wanted}_{number}"
        own[name] = source
        self.names[step, output] = name
        return name


def _read_outputs(step: Place) -> list[tuple[str, Json]]:
    return [(str(name), source) for name, source in as_mapping(step.find("outputs")).items()]


def _find_source(source: Json) -> Json | None:
    """Return what a capture takes, None for what none can."""
    if isinstance(source, Mapping):
        is_path = as_mapping(source.get("type")).get("type", source.get("type")) == "jsonpath"
        is_body = source.get("context") == "$response.body"
        selector = source.get("selector")
        return selector if is_path and is_body and isinstance(selector, str) and selector.startswith("$") else None
    if match := _HEADER.fullmatch(str(source)):
        return {"header": match[1]}
    match = _BODY.fullmatch(str(source))
    try:
        return render_path(read_steps_of(match[1] or "")) if match else None
    except NotReadError:
        return None
