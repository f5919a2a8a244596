"""`contracts import` of Arazzo documents: a scenario for each workflow."""

import dataclasses
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path, PurePosixPath

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.authorization import NO_AUTH
from contracts_runner.errors import UsageError
from contracts_runner.maintenance.arazzo_extensions import ID, INVALID, NAME, NOT_CARRIED
from contracts_runner.maintenance.drafts.new_scenario import read_target
from contracts_runner.maintenance.drafts.scenario_writing import make_unique
from contracts_runner.maintenance.importing.arazzo_documents import (
    RefusedError,
    Sources,
    Workflow,
    list_items,
    list_workflows,
    parse_arazzo,
)
from contracts_runner.maintenance.importing.arazzo_flows import Flow
from contracts_runner.maintenance.importing.arazzo_references import Marks, References
from contracts_runner.maintenance.importing.arazzo_requests import RequestReader
from contracts_runner.maintenance.importing.carried_credentials import Credentials
from contracts_runner.maintenance.importing.drafting import TAG, Drafter, build_redactor
from contracts_runner.maintenance.importing.files_at_hand import FilesAtHand
from contracts_runner.maintenance.importing.foreign_requests import ForeignFile, ForeignRequest, mark_open
from contracts_runner.maintenance.importing.hidden_values import Variables
from contracts_runner.maintenance.importing.imported import (
    Imported,
    choose_specs,
    collect_secrets,
    list_known,
    list_variables,
    write_drafts,
)
from contracts_runner.maintenance.importing.promises import as_list, as_mapping
from contracts_runner.maintenance.importing.read_criteria import ReadCriteria
from contracts_runner.maintenance.importing.request_matching import Match
from contracts_runner.maintenance.importing.sent_values import UnreadableValueError
from contracts_runner.maintenance.lint.declared_responses import DeclaredResponses
from contracts_runner.maintenance.lint.schema_paths.shapes import find_all_types
from contracts_runner.model.contract import Expectation
from contracts_runner.model.json import Json
from contracts_runner.model.nouns import count_noun
from contracts_runner.model.scenario_draft import ScenarioDraft, StepDraft
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.contract.steps import StepForm
from contracts_runner.project.project import Project
from contracts_runner.reading.places import Place


@dataclass(slots=True)
class _Step:
    """A step that is imported: its request, what it expects by the keys of a contract file, and what is lost."""

    place: Place
    request: ForeignRequest
    match: Match
    more: dict[str, Json]
    lost: list[tuple[Place, str]] = field(default_factory=list)


def import_arazzo(
    project: Project, files: Mapping[str, bytes], *, environ: Mapping[str, str], spec: str | None, into: Path | None
) -> Imported:
    """Return the scenarios of Arazzo documents, by name. `spec` is the one that their operations are of, where the
    documents do not tell.

    Raises UsageError where there is nothing to import, and for a file that cannot be read.
    """
    about = read_target(project, into)[1] if into else ""
    drafted = draft_arazzo(project, files, environ=environ, spec=spec, key=about)
    drafter, drafts = drafted.drafter, drafted.drafts
    text, needs = write_drafts(project, drafter, drafts, head=drafted.head, into=into)
    refused = [f"not imported: {drafter.redactor.text(line)}" for line in drafted.refused]
    lost = list(drafter.lost)
    if into is not None and read_target(project, into)[0]:
        variables = as_mapping(drafted.head.get("variables"))
        lost += [f"{into}: add to its `variables`: {name}: {value}" for name, value in variables.items()]
    count = sum(len(draft.steps) + len(draft.cleanup) for draft in drafts)
    told = f"{count_noun(count, 'step')} of {count_noun(len(drafts), 'workflow')} are scenarios now"
    return Imported(text=text, report=(*refused, *lost, *needs, told), is_whole=not refused and not lost)


@dataclass(frozen=True, slots=True)
class Drafted:
    """The scenarios of documents, the keys of their file, and what of the documents is not imported, with its
    place."""

    drafter: Drafter
    drafts: list[ScenarioDraft]
    head: dict[str, Json]
    refused: list[str]


def draft_arazzo(
    project: Project, files: Mapping[str, bytes], *, environ: Mapping[str, str], spec: str | None, key: str = ""
) -> Drafted:
    """Return drafts for a file about the spec `key`, "" for that with most steps; raises UsageError."""
    reader = _Reader(choose_specs(project, spec))
    for name, content in files.items():
        reader.read_document(name, content)
    matched = [(step.request, step.match) for steps in reader.steps.values() for step in steps]
    if not matched:
        raise UsageError("\n".join(["none of the workflows can be imported", *reader.refused]))
    names = project.settings.find_names("credentials")
    known = {text: name for name in names for text in (mark_open(name), f"{mark_open(name)}:{mark_open(name)}")}
    credentials = Credentials(known=known | list_known(project, environ))
    secrets = collect_secrets(ForeignFile(), matched, credentials)
    variables = Variables(taken=list_variables(project))
    drafter = Drafter(credentials, variables, build_redactor(secrets), FilesAtHand.build(project.root, files))
    key = key or Counter(match.spec.key for _, match in matched).most_common(1)[0][0]
    drafts = reader.draft(drafter, {scenario.id for scenario in project.scenarios}, key)
    if not drafts:
        raise UsageError("\n".join(["none of the workflows can be imported", *reader.refused]))
    source = next(iter(files))
    head: dict[str, Json] = {"contract": PurePosixPath(source).name.partition(".")[0] or "imported", "spec": key}
    head |= {"source": {"document": source}, **({"variables": reader.shared} if reader.shared else {})}
    return Drafted(drafter, drafts, head, reader.refused)


@dataclass(slots=True)
class _Reader:
    specs: Sequence[Spec]
    refused: list[str] = field(default_factory=list)
    flows: list[Flow] = field(default_factory=list)
    steps: dict[int, list[_Step]] = field(default_factory=dict)  # by the place of the flow
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
            self.flows.append(flow)
            self.steps[len(self.flows) - 1] = self._read_flow(flow, listed[identifier], requests)

    def _list_steps(self, workflow: Workflow) -> list[Place]:
        try:
            return workflow.list_steps()
        except RefusedError as error:
            self.refused.append(str(error))
            return []

    def _read_flow(self, flow: Flow, places: Sequence[Place], requests: RequestReader) -> list[_Step]:
        flow.depend()
        references = flow.build_references(self.marks)
        for key in ("successActions", "failureActions"):
            if flow.workflow.place.find(key):
                flow.lost.append((flow.workflow.place.at(key), f"its {key}"))
        self._share(flow)
        steps: list[_Step] = []
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
    ) -> _Step:
        references.unknown.clear()
        request, match = requests.read(place, flow.workflow.place.at("parameters"), references)
        criteria = ReadCriteria(references, is_list=not flow.is_own and _is_list(match))
        criteria.read(where for where, _ in list_items(place.at("successCriteria"), self.refused))
        step = _Step(place, request, match, {}, list(criteria.lost))
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

    def _read_actions(self, step: _Step, flow: Flow, following: Json) -> None:
        for where, action in list_items(step.place.at("onFailure"), self.refused):
            kind, criteria = action.get("type"), action.get("criteria")
            if kind == "retry" and not criteria and "retry" not in step.more and _is_pause(action.get("retryAfter", 1)):
                every = max(1, round(float(action.get("retryAfter", 1)) * 1000))
                limit = action.get("retryLimit", 1)
                total = every * max(1, limit if isinstance(limit, int) else 1)
                step.more["retry"] = {"until": "expect", "every": f"{every}ms", "for": f"{total}ms"}
            elif not (kind == "end" and not criteria) and action.get("stepId") not in flow.cleanup:
                step.lost.append((where, f"the failure action {action.get('name')} ({kind})"))
        for where, action in list_items(step.place.at("onSuccess"), self.refused):
            is_next = action.get("type") == "goto" and action.get("stepId") == following is not None
            is_last = action.get("type") == "end" and following is None
            if action.get("criteria") or not (is_next or is_last):
                step.lost.append((where, f"the success action {action.get('name')} ({action.get('type')})"))

    def draft(self, drafter: Drafter, taken: set[str], key: str) -> list[ScenarioDraft]:
        """Return the scenarios that have steps, with ids that are not taken, in a file of a spec."""
        drafts = {index: self._draft_flow(drafter, index, key) for index, steps in self.steps.items() if steps}
        drafts = {index: draft for index, draft in drafts.items() if draft.steps}
        made = dict(zip(drafts, make_unique(drafts.values(), taken), strict=True))
        ids = {id(self.flows[index]): draft.id for index, draft in made.items()}
        for index, draft in made.items():
            flow = self.flows[index]
            needed = {alias: flow.flows[each] for alias, each in flow.needs.items()}
            needs = {alias: ids[id(each)] for alias, each in needed.items() if id(each) in ids}
            missing = [each.workflow.id for each in needed.values() if id(each) not in ids]
            drafter.lost += [f"{flow.workflow.place.location}: not carried over: it needs {each}" for each in missing]
            made[index] = dataclasses.replace(draft, more={"needs": needs} if needs else {})
        drafter.variables.open = {
            name: None
            for name in drafter.variables.open
            if name not in self.marks.expressions and name not in self.shared
        }
        return list(made.values())

    def _draft_flow(self, drafter: Drafter, index: int, key: str) -> ScenarioDraft:
        flow = self.flows[index]
        steps: list[StepDraft] = []
        cleanup: list[StepDraft] = []
        for step in self.steps[index]:
            try:
                draft = self._draft_step(drafter, flow, step, key)
            except UnreadableValueError as error:
                self.refused.append(f"{step.place.location}: {error}")
                continue
            (cleanup if step.place.find("stepId") in flow.cleanup else steps).append(draft)
        place = flow.workflow.place
        drafter.lost += [f"{where.location}: not carried over: {what}" for where, what in flow.lost]
        title = place.find("summary") or place.find("description") or flow.workflow.id
        told = [_describe(each) for each in as_list(place.find(NOT_CARRIED))]
        return ScenarioDraft(
            id=str(place.find(ID) or flow.workflow.id),
            title=drafter.redactor.text(" ".join(str(title).split())[:200]),
            tags=(TAG,),
            steps=tuple(steps),
            cleanup=tuple(cleanup),
            comments=tuple(f"Not carried over: {what}" for what in (*told, *(what for _, what in flow.lost))),
        )

    def _draft_step(self, drafter: Drafter, flow: Flow, step: _Step, key: str) -> StepDraft:
        drafted = drafter.draft_step(step.request, step.match, spec=key)
        content = dict(drafted.content)
        if content.get("auth") == NO_AUTH and not flow.is_own:
            # Arazzo 1 says nothing of security: its tools send what they are configured with.
            del content["auth"]
        if step.place.find(INVALID) is True:
            content["invalid_request"] = True
        identifier = step.place.find("stepId")
        content["name"] = drafter.redactor.text(str(step.place.find(NAME) or identifier))
        if "expect" in step.more:
            self._drop_personal(drafter, step)
        content |= {name: _hide(drafter, value) for name, value in step.more.items()}
        if captures := flow.captures.get(identifier):
            content["capture"] = captures
        lost = [(where, drafter.redactor.text(what)) for where, what in step.lost]
        drafter.lost += [f"{where.location}: not carried over: {what}" for where, what in lost]
        told = [*map(_describe, as_list(step.place.find(NOT_CARRIED))), *(what for _, what in lost)]
        ordered = {name: self.marks.restore(content[name]) for name in StepForm.keys if name in content}
        return StepDraft(content=ordered, comments=(*drafted.comments, *(f"Not carried over: {what}" for what in told)))

    def _drop_personal(self, drafter: Drafter, step: _Step) -> None:
        """Leave out what a path says of a personal value: no variable can stand in a path."""
        expect = step.more["expect"]
        body = {path: each for path, each in expect.get("body", {}).items() if drafter.redactor.text(path) == path}
        relations = [each for each in expect.get("relations", []) if drafter.redactor.value(each) == each]
        count = len(expect.get("body", {})) + len(expect.get("relations", [])) - len(body) - len(relations)
        step.lost += [(step.place, "a criterion about what may be personal")] * count
        kept = {name: value for name, value in (("body", body), ("relations", relations)) if value}
        step.more["expect"] = {
            **{key: each for key, each in expect.items() if key not in ("body", "relations")},
            **kept,
        }


def _is_list(match: Match) -> bool:
    responses = DeclaredResponses(match.spec)
    return find_all_types(responses.list_bodies(match.operation, Expectation())) == {"array"}


def _is_pause(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 86400


def _describe(told: Json) -> str:
    """Return what an exported document says that it does not carry."""
    item = as_mapping(told)
    return f"the step '{item.get('step')}': {item.get('because')}" if item else str(told)


def _hide(drafter: Drafter, value: Json) -> Json:
    """Return what a step expects without what is secret or personal in its texts."""
    if isinstance(value, Mapping):
        return {key: _hide(drafter, item) for key, item in value.items()}
    if isinstance(value, list):
        return [_hide(drafter, item) for item in value]
    if not isinstance(value, str):
        return value
    return drafter.variables.hide(value, drafter.redactor.text(value), "expected")
