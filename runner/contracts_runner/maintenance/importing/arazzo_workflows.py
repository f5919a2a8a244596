"""Reads the workflows of Arazzo documents: the requests of their steps, and what those expect."""

import re
from collections.abc import Sequence
from dataclasses import field

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.importing.arazzo_documents import (
    STEP_KEYS,
    WORKFLOW_KEYS,
    RefusedError,
    Sources,
    Workflow,
    iter_unknown_keys,
    list_items,
    list_workflows,
    parse_arazzo,
)
from contracts_runner.maintenance.importing.arazzo_flows import Flow
from contracts_runner.maintenance.importing.arazzo_references import Marks, References
from contracts_runner.maintenance.importing.arazzo_requests import RequestReader
from contracts_runner.maintenance.importing.foreign_requests import ForeignRequest
from contracts_runner.maintenance.importing.promises import as_list
from contracts_runner.maintenance.importing.read_criteria import ReadCriteria
from contracts_runner.maintenance.importing.request_matching import Match
from contracts_runner.maintenance.lint.declared_responses import DeclaredResponses
from contracts_runner.maintenance.lint.schema_paths.shapes import find_all_types
from contracts_runner.model.contract import Expectation
from contracts_runner.model.json import Json
from contracts_runner.openapi.spec import Spec
from contracts_runner.reading.places import Place

_DAY = 86_400_000  # milliseconds


@dataclass(slots=True)
class WorkflowStep:
    """A step that is imported: its request, what it expects by the keys of a contract file, and what is lost."""

    place: Place
    request: ForeignRequest
    match: Match
    more: dict[str, Json]
    lost: list[tuple[Place, str]] = field(default_factory=list)


@dataclass(slots=True)
class WorkflowReader:
    """Reads the workflows of documents. `refused`: what is not imported, with its place."""

    specs: Sequence[Spec]
    refused: list[str] = field(default_factory=list)
    flows: list[tuple[Flow, list[WorkflowStep]]] = field(default_factory=list)
    shared: dict[str, Json] = field(default_factory=dict)  # variables of the file
    marks: Marks = field(default_factory=Marks)

    def read_document(self, name: str, content: bytes) -> None:
        """Read the workflows of a document; raises ForeignFileError."""
        document = parse_arazzo(name, content)
        sources = Sources.find(Place(document, ()), self.specs)
        flows: dict[str, Flow] = {}
        for workflow in list_workflows(document, self.refused):
            flows[workflow.id] = Flow(workflow, flows)
        listed = {identifier: self._list_steps(flow.workflow) for identifier, flow in flows.items()}
        for identifier, flow in flows.items():
            for step in listed[identifier]:
                if step.find("workflowId") is None:
                    flow.read(step)
        requests = RequestReader(sources, self.refused)
        for identifier, flow in flows.items():
            self.flows.append((flow, self._read_flow(flow, listed[identifier], requests)))

    def _list_steps(self, workflow: Workflow) -> list[Place]:
        try:
            return workflow.list_steps()
        except RefusedError as error:
            self.refused.append(str(error))
            return []

    def _read_flow(self, flow: Flow, places: Sequence[Place], requests: RequestReader) -> list[WorkflowStep]:
        flow.depend()
        references = flow.build_references(self.marks)
        flow.lost += iter_unknown_keys(flow.workflow.place, WORKFLOW_KEYS)
        for key in ("successActions", "failureActions"):
            if flow.workflow.place.find(key):
                flow.lost.append((flow.workflow.place.at(key), f"its {key}"))
        self._share(flow)
        steps: list[WorkflowStep] = []
        for number, place in enumerate(places):
            try:
                if place.find("workflowId") is not None:
                    flow.call(place)
                    continue
                following = places[number + 1].find("stepId") if number + 1 < len(places) else None
                steps.append(self._read_step(flow, place, requests, references, following))
            except RefusedError as error:
                self.refused.append(str(error))
                flow.captures.pop(place.find("stepId"), None)
                flow.names = {key: name for key, name in flow.names.items() if key[0] != place.find("stepId")}
        return steps

    def _share(self, flow: Flow) -> None:
        """Make variables of the file of what a run makes once for several steps."""
        texts = [str(step) for step in as_list(flow.workflow.place.find("steps"))]
        for name, expression in flow.inputs.made.items():
            count = sum(re.search(rf"\$inputs\.{re.escape(name)}\b", text) is not None for text in texts)
            if count > 1 and self.shared.setdefault(name, expression) == expression:
                flow.inputs.made[name] = f"${{{name}}}"

    def _read_step(
        self, flow: Flow, place: Place, requests: RequestReader, references: References, following: Json
    ) -> WorkflowStep:
        references.unknown.clear()
        request, match = requests.read(place, flow.workflow.place.at("parameters"), references)
        criteria = ReadCriteria(references, is_list=not flow.is_own and _is_list(match))
        criteria.read(where for where, _ in list_items(place.at("successCriteria"), self.refused))
        step = WorkflowStep(place, request, match, {}, [*criteria.lost, *iter_unknown_keys(place, STEP_KEYS)])
        expect = criteria.build()
        if flow.is_own:
            expect = (
                {"status": expect.pop("status"), "success": None, **expect}
                if "status" in expect
                else {"success": None, **expect}
            )
        if expect:
            step.more["expect"] = expect
        self._read_actions(step, flow, following)
        step.lost += [(place, f"{each}, which no earlier step gives") for each in references.unknown]
        return step

    def _read_actions(self, step: WorkflowStep, flow: Flow, following: Json) -> None:
        for where, action in list_items(step.place.at("onFailure"), self.refused):
            kind, criteria = action.get("type"), action.get("criteria")
            if kind == "retry" and not criteria and "retry" not in step.more and _is_pause(action.get("retryAfter", 1)):
                every = max(1, round(float(action.get("retryAfter", 1)) * 1000))
                limit = action.get("retryLimit", 1)
                total = max(every, min(_DAY, every * max(1, limit if isinstance(limit, int) else 1)))
                step.more["retry"] = {"until": "expect", "every": f"{every}ms", "for": f"{total}ms"}
            elif not (kind == "end" and not criteria) and action.get("stepId") not in flow.cleanup:
                step.lost.append((where, f"the failure action {action.get('name')} ({kind})"))
        for where, action in list_items(step.place.at("onSuccess"), self.refused):
            is_next = action.get("type") == "goto" and action.get("stepId") == following is not None
            is_last = action.get("type") == "end" and following is None
            if action.get("criteria") or not (is_next or is_last):
                step.lost.append((where, f"the success action {action.get('name')} ({action.get('type')})"))


def _is_list(match: Match) -> bool:
    responses = DeclaredResponses(match.spec)
    return find_all_types(responses.list_bodies(match.operation, Expectation())) == {"array"}


def _is_pause(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < _DAY / 1000
