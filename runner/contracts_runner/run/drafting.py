"""Makes a scenario of what a run has recorded: of a scenario's exchanges, or of a property failure."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from contracts_runner.audit.chain import read_ledger_lines
from contracts_runner.audit.files import RunFiles
from contracts_runner.dataclass import dataclass
from contracts_runner.engine.outgoing import find_operation
from contracts_runner.errors import RunFolderError, UsageError
from contracts_runner.maintenance.importing.captured_values import capture_values, is_name
from contracts_runner.maintenance.importing.carried_credentials import Credentials, Sent, take_credentials
from contracts_runner.maintenance.importing.drafting import Drafter, build_redactor
from contracts_runner.maintenance.importing.foreign_requests import ForeignRequest
from contracts_runner.maintenance.importing.hidden_values import Variables
from contracts_runner.maintenance.importing.imported import Imported, list_variables, write_drafts
from contracts_runner.maintenance.importing.request_matching import Match
from contracts_runner.maintenance.importing.sent_again import read_content
from contracts_runner.maintenance.importing.sent_values import UnreadableValueError
from contracts_runner.model.json import Json
from contracts_runner.model.scenario_draft import ScenarioDraft, StepDraft
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.project import Project
from contracts_runner.properties.recorded_finding import load_finding, parse_json
from contracts_runner.properties.skeleton import choose_auth, choose_expectation
from contracts_runner.reading.suggest import suggest
from contracts_runner.results.lines import MisfitError, parse_results
from contracts_runner.results.results import Results
from contracts_runner.results.rows import ReceivedMessage, ScenarioRow, SentMessage, StepRow
from contracts_runner.run.runs import find_run, open_run, read_run_file
from contracts_runner.sandbox.worlds import WORLD_HEADER

_NEW = "NEW.1"
_Read = Callable[[str], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Recorded:
    """One recorded request: `answer` is the JSON of its answer, `expect` what a step expects of it."""

    operation: str
    request: ForeignRequest
    answer: Json
    expect: Mapping[str, Json]
    is_cleanup: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """What a scenario is made of; `is_taken` tells which values of answers later requests have taken."""

    title: str
    recorded: Sequence[_Recorded]
    comments: tuple[str, ...]
    is_taken: Callable[[Json], bool]
    head: Mapping[str, Json]


def draft_recorded(
    project: Project, run: str, identifier: str, *, environment: str | None, name: str | None, into: Path | None
) -> Imported:
    """Return a contract file with a scenario that sends the requests of a scenario or a property failure of a run.

    Raises UsageError for an id that the run does not have, RunFolderError for a run that cannot be read.
    """
    path = find_run(run, project.settings, environment=environment)
    with open_run(path) as files:
        source = _read_source(path, files, identifier)
    spec = _choose_spec(project, source.recorded)
    matches = [_build_match(each, spec, project) for each in source.recorded]
    credentials = _collect(source.recorded, matches)
    drafter = Drafter(credentials, Variables(taken=list_variables(project)), build_redactor({}))
    drafts = [_draft(drafter, each, match, spec) for each, match in zip(source.recorded, matches, strict=True)]
    answers = [each.answer for each in source.recorded]
    contents = capture_values([draft.content for draft in drafts], answers, is_taken=source.is_taken)
    steps = [StepDraft(content=c, comments=draft.comments) for c, draft in zip(contents, drafts, strict=True)]
    scenario = ScenarioDraft(
        id=name or (identifier if identifier in {each.id for each in project.scenarios} else _NEW),
        title=source.title,
        steps=tuple(step for step, each in zip(steps, source.recorded, strict=True) if not each.is_cleanup),
        cleanup=tuple(step for step, each in zip(steps, source.recorded, strict=True) if each.is_cleanup),
        comments=source.comments,
    )
    head = {"contract": "new", "spec": spec.key, **source.head}
    text, needs = write_drafts(project, drafter, [scenario], head=head, into=into)
    return Imported(text=text, report=(*source.comments, *drafter.lost, *needs), is_whole=True)


def _read_source(path: Path, files: RunFiles, identifier: str) -> _Source:
    def read(name: str) -> bytes:
        return read_run_file(files, name)

    try:
        results = parse_results(read("results.json"))
        row = next((each for each in results.scenarios if each.id == identifier), None)
        if row is not None:
            return _read_scenario(row, files, read)
    except (MisfitError, msgspec.ValidationError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise RunFolderError(f"{path} cannot be read: {error}") from error
    refuse_unknown(identifier, results, path)
    finding = load_finding(path, read, identifier)
    recorded = [
        _Recorded(
            operation=step.operation,
            request=ForeignRequest(
                where=f"request {number}",
                method=step.method,
                url=step.url,
                headers=step.headers,
                body=None if step.body is None else step.body.encode("utf-8", "surrogatepass"),
                ambient=WORLD_HEADER,
                auth=choose_auth(finding) if step is finding.steps[-1] else None,
            ),
            answer=parse_json(step.response_body),
            expect=choose_expectation(finding) if step is finding.steps[-1] else {},
        )
        for number, step in enumerate(finding.steps, start=1)
    ]
    comment = f"{finding.row.id}: {' '.join(finding.failure.message.split())}"
    title = f"{finding.row.operation}: {finding.failure.title}"
    return _Source(title=title, recorded=recorded, comments=(comment,), is_taken=is_name, head={})


def refuse_unknown(identifier: str, results: Results, path: Path) -> None:
    """Raise UsageError for an id that is neither a scenario nor a property failure of a run."""
    known = [*(row.id for row in results.scenarios), *(row.id for row in results.properties if row.failure)]
    if identifier not in known:
        hint = suggest(identifier, known, is_part=True) or f"there are: {', '.join(known) or 'none'}"
        raise UsageError(f"no scenario and no property failure '{identifier}' in {path}; {hint}")


def _read_scenario(row: ScenarioRow, files: RunFiles, read: _Read) -> _Source:
    sent = [step for step in row.steps if step.artifact]
    if not sent:
        raise UsageError(f"of the scenario {row.id} nothing was sent: {row.reason or row.outcome}")
    captured = _list_captured(files, row.id)
    source = {"document": row.source.document} if row.source else {}
    unsent = [f"The step {step.name} was not sent: {step.reason}" for step in row.steps if not step.artifact]
    return _Source(
        title=row.title,
        recorded=[_read_step(row, step, json.loads(read(step.artifact or ""))) for step in sent],
        comments=tuple(unsent),
        is_taken=lambda value: is_name(value) and str(value) in captured,
        head={"source": source} if source else {},
    )


def _read_step(row: ScenarioRow, step: StepRow, document: Mapping[str, Json]) -> _Recorded:
    request = msgspec.convert(document["request"], SentMessage)
    response = msgspec.convert(document["response"], ReceivedMessage | None)
    expect: dict[str, Json] = {"status": response.status} if response else {}
    if response and step.success is False:
        expect |= {"error": step.error_code} if step.error_code else {"success": False}
    return _Recorded(
        operation=step.operation,
        request=ForeignRequest(
            where=f"{row.id}, {step.name}",
            title=step.name if step.name != step.operation else "",
            method=request.method,
            url=request.url,
            headers=request.headers,
            body=None if request.body is None else request.body.encode("utf-8", "surrogatepass"),
            ambient=WORLD_HEADER,
            auth=step.auth,
        ),
        answer=parse_json(response.body or "") if response else None,
        expect=expect,
        is_cleanup=step.cleanup,
    )


def _list_captured(files: RunFiles, scenario: str) -> frozenset[str]:
    """Return the values that the steps of a scenario have captured, as texts."""
    found: set[str] = set()
    for line in read_ledger_lines(files).lines:
        if line.row.get("type") == "step_finished" and line.row.get("scenario") == scenario:
            pending = [line.row.get("captured")]
            while pending:
                value = pending.pop()
                if isinstance(value, dict | list):
                    pending += value.values() if isinstance(value, dict) else value
                else:
                    found.add(str(value))
    return frozenset(found)


def _choose_spec(project: Project, recorded: Sequence[_Recorded]) -> Spec:
    """Return the spec that has most of the operations."""
    labels = [each.operation for each in recorded]
    counts = {spec.key: sum(label in spec.operations for label in labels) for spec in project.specs.values()}
    key = max(counts, key=lambda each: counts[each], default=None)
    if key is None or not counts[key]:
        raise UsageError("no spec of the project has the operations of this run")
    return project.specs[key]


def _build_match(each: _Recorded, main: Spec, project: Project) -> Match:
    others = (spec for spec in project.specs.values() if each.operation in spec.operations)
    spec = main if each.operation in main.operations else next(others, main)
    step = read_content({"operation": each.operation})
    operation = find_operation({step.spec: spec}, step)
    try:
        parts = urlsplit(each.request.url)
    except ValueError as error:
        raise RunFolderError(f"{each.request.where}: its URL cannot be read") from error
    # From the end: the base URL may have a path, too.
    segments = parts.path.split("/")[-operation.path.partition("?")[0].count("/") :]
    return Match(spec=spec, operation=operation, path="/" + "/".join(segments), query=parts.query)


def _collect(recorded: Sequence[_Recorded], matches: Sequence[Match]) -> Credentials:
    credentials = Credentials()
    credentials.learn(
        take_credentials(match.operation, match.spec.security_schemes, Sent.split(each.request.headers, match.query))
        for each, match in zip(recorded, matches, strict=True)
    )
    return credentials


def _draft(drafter: Drafter, each: _Recorded, match: Match, spec: Spec) -> StepDraft:
    try:
        draft = drafter.draft_step(each.request, match, spec=spec.key)
    except UnreadableValueError as error:
        drafter.lost.append(f"{each.request.where}: not carried over: {error}")
        draft = StepDraft(content={"operation": each.operation}, comments=(f"Not carried over: {error}",))
    expect = {"expect": dict(each.expect)} if each.expect else {}
    return StepDraft(content={**draft.content, **expect}, comments=draft.comments)
