"""`contracts import` of Arazzo documents: a scenario for each workflow."""

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.authorization import NO_AUTH
from contracts_runner.errors import UsageError
from contracts_runner.maintenance.arazzo_extensions import ID, INVALID, NAME, NOT_CARRIED
from contracts_runner.maintenance.drafts.new_scenario import read_target
from contracts_runner.maintenance.drafts.scenario_writing import make_unique
from contracts_runner.maintenance.importing.arazzo_flows import Flow
from contracts_runner.maintenance.importing.arazzo_workflows import WorkflowReader, WorkflowStep
from contracts_runner.maintenance.importing.carried_credentials import Credentials
from contracts_runner.maintenance.importing.drafting import TAG, Drafter, build_redactor
from contracts_runner.maintenance.importing.files_at_hand import FilesAtHand
from contracts_runner.maintenance.importing.foreign_requests import ForeignFile, mark_open
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
from contracts_runner.maintenance.importing.sent_values import UnreadableValueError
from contracts_runner.model.json import Json
from contracts_runner.model.nouns import count_noun
from contracts_runner.model.scenario_draft import ScenarioDraft, StepDraft
from contracts_runner.project.contract.steps import StepForm
from contracts_runner.project.project import Project
from contracts_runner.reading.places import Place


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
    reader = WorkflowReader(choose_specs(project, spec))
    for name, content in files.items():
        reader.read_document(name, content)
    matched = [(step.request, step.match) for _, steps in reader.flows for step in steps]
    if not matched:
        raise UsageError("\n".join(["none of the workflows can be imported", *reader.refused]))
    names = project.settings.find_names("credentials")
    known = {text: name for name in names for text in (mark_open(name), f"{mark_open(name)}:{mark_open(name)}")}
    credentials = Credentials(known=known | list_known(project, environ))
    secrets = collect_secrets(ForeignFile(), matched, credentials)
    variables = Variables(taken=list_variables(project))
    drafter = Drafter(credentials, variables, build_redactor(secrets), FilesAtHand.build(project.root, files))
    key = key or Counter(match.spec.key for _, match in matched).most_common(1)[0][0]
    drafts = _Drafting(reader, drafter, key).draft({scenario.id for scenario in project.scenarios})
    if not drafts:
        raise UsageError("\n".join(["none of the workflows can be imported", *reader.refused]))
    source = next(iter(files))
    head: dict[str, Json] = {"contract": PurePosixPath(source).name.partition(".")[0] or "imported", "spec": key}
    head |= {"source": {"document": source}, **({"variables": reader.shared} if reader.shared else {})}
    return Drafted(drafter, drafts, head, reader.refused)


@dataclass(frozen=True, slots=True)
class _Drafting:
    """Drafts what was read for a file about the spec `key`."""

    reader: WorkflowReader
    drafter: Drafter
    key: str

    def draft(self, taken: set[str]) -> list[ScenarioDraft]:
        """Return the scenarios that have steps, with ids that are not taken."""
        drafted = [(flow, self._draft_flow(flow, steps)) for flow, steps in self.reader.flows if steps]
        flows = [flow for flow, draft in drafted if draft.steps]
        drafts = make_unique([draft for _, draft in drafted if draft.steps], taken)
        ids = {id(flow): draft.id for flow, draft in zip(flows, drafts, strict=True)}
        made = [
            dataclasses.replace(draft, more=self._list_needs(flow, ids))
            for flow, draft in zip(flows, drafts, strict=True)
        ]
        known = {*self.reader.marks.expressions, *self.reader.shared}
        variables = self.drafter.variables
        variables.open = {name: None for name in variables.open if name not in known}
        return made

    def _list_needs(self, flow: Flow, ids: Mapping[int, str]) -> dict[str, Json]:
        needed = {alias: flow.flows[each] for alias, each in flow.needs.items()}
        for each in needed.values():
            if id(each) not in ids:
                self._lose(flow.workflow.place, f"it needs {each.workflow.id}")
        needs = {alias: ids[id(each)] for alias, each in needed.items() if id(each) in ids}
        return {"needs": needs} if needs else {}

    def _lose(self, place: Place, what: str) -> str:
        """Tell what is lost; return the comment on it."""
        self.drafter.lost.append(f"{place.location}: not carried over: {self.drafter.redactor.text(what)}")
        return self._comment(what)

    def _comment(self, what: str) -> str:
        return f"Not carried over: {self.drafter.redactor.text(what)}"

    def _draft_flow(self, flow: Flow, read: Sequence[WorkflowStep]) -> ScenarioDraft:
        steps: list[StepDraft] = []
        cleanup: list[StepDraft] = []
        for step in read:
            try:
                draft = self._draft_step(flow, step)
            except UnreadableValueError as error:
                self.reader.refused.append(f"{step.place.location}: {error}")
                continue
            (cleanup if step.place.find("stepId") in flow.cleanup else steps).append(draft)
        place = flow.workflow.place
        titles = (" ".join(str(place.find(key) or "").split())[:200] for key in ("summary", "description"))
        title = next(filter(None, titles), flow.workflow.id)
        told = [self._comment(_describe(each)) for each in as_list(place.find(NOT_CARRIED))]
        return ScenarioDraft(
            id=str(place.find(ID) or flow.workflow.id),
            title=self.drafter.redactor.text(title),
            tags=(TAG,),
            steps=tuple(steps),
            cleanup=tuple(cleanup),
            comments=(*told, *(self._lose(where, what) for where, what in flow.lost)),
        )

    def _draft_step(self, flow: Flow, step: WorkflowStep) -> StepDraft:
        drafted = self.drafter.draft_step(step.request, step.match, spec=self.key)
        content = dict(drafted.content)
        if content.get("auth") == NO_AUTH and not flow.is_own:
            # Arazzo 1 says nothing of security: its tools send what they are configured with.
            del content["auth"]
        if step.place.find(INVALID) is True:
            content["invalid_request"] = True
        identifier = step.place.find("stepId")
        content["name"] = self.drafter.redactor.text(str(step.place.find(NAME) or identifier))
        self._drop_personal(step)
        content |= {name: self._hide(value) for name, value in step.more.items()}
        if captures := flow.captures.get(identifier):
            content["capture"] = captures
        told = [self._comment(_describe(each)) for each in as_list(step.place.find(NOT_CARRIED))]
        told += [self._lose(where, what) for where, what in step.lost]
        ordered = {name: self.reader.marks.restore(content[name]) for name in StepForm.keys if name in content}
        return StepDraft(content=ordered, comments=(*drafted.comments, *told))

    def _drop_personal(self, step: WorkflowStep) -> None:
        """Leave out what a path says of a personal value: no variable can stand in a path."""
        expect = as_mapping(step.more.get("expect"))
        body, relations = as_mapping(expect.get("body")), as_list(expect.get("relations"))
        kept = {
            "body": {path: each for path, each in body.items() if self.drafter.redactor.text(path) == path},
            "relations": [each for each in relations if self.drafter.redactor.value(each) == each],
        }
        count = len(body) + len(relations) - sum(map(len, kept.values()))
        if count:
            step.lost += [(step.place, "a criterion about what may be personal")] * count
            step.more["expect"] = {name: each for name, each in {**expect, **kept}.items() if each not in ({}, [])}

    def _hide(self, value: Json) -> Json:
        """Return what a step expects without what is secret or personal in its texts."""
        if isinstance(value, Mapping):
            return {key: self._hide(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._hide(item) for item in value]
        if not isinstance(value, str):
            return value
        return self.drafter.variables.hide(value, self.drafter.redactor.text(value), "expected")


def _describe(told: Json) -> str:
    """Return what an exported document says that it does not carry."""
    item = as_mapping(told)
    return f"the step '{item.get('step')}': {item.get('because')}" if item else str(told)
