"""`contracts import`: what other tools have written down, as a contract file."""

import dataclasses
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import UsageError
from contracts_runner.leaks.search import LeakSearch
from contracts_runner.maintenance.drafts.new_scenario import read_target
from contracts_runner.maintenance.drafts.scenario_writing import add_to_file, make_unique, render_file
from contracts_runner.maintenance.environments import read_open_environment, read_set_environment
from contracts_runner.maintenance.importing.carried_credentials import (
    Credentials,
    Sent,
    list_credential_values,
    take_credentials,
)
from contracts_runner.maintenance.importing.drafting import Drafter, build_redactor, draft_scenarios
from contracts_runner.maintenance.importing.files_at_hand import FilesAtHand
from contracts_runner.maintenance.importing.foreign_files import read_files
from contracts_runner.maintenance.importing.foreign_requests import ForeignFile, ForeignRequest, find_open
from contracts_runner.maintenance.importing.hidden_values import Variables
from contracts_runner.maintenance.importing.request_matching import (
    Match,
    UnmatchedError,
    find_addresses,
    find_match,
    iter_known,
)
from contracts_runner.model.credential import UserPassword
from contracts_runner.model.json import Json
from contracts_runner.model.nouns import count_noun
from contracts_runner.model.scenario_draft import ScenarioDraft
from contracts_runner.model.secrets import is_provable, split_credential
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.project import Project
from contracts_runner.reading.suggest import suggest_or_list
from contracts_runner.reading.variables import load_variables

_REWRITTEN = "{} requests are sent in another spelling of the same meaning (percent-encoding, blanks in JSON)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The contract file, or that of --into as it is to be; `report` are lines for a person. `is_whole`: every request
    came over, with all that it says."""

    text: str
    report: tuple[str, ...]
    is_whole: bool


def import_files(
    project: Project, files: Mapping[str, bytes], *, environ: Mapping[str, str], spec: str | None, into: Path | None
) -> Imported:
    """Return the scenarios of files, by name, of other tools. `spec` limits them to one of the project's specs.

    Raises UsageError where there is nothing to import, and for a file that cannot be read.
    """
    found = read_files(files)
    if not found.requests:
        raise UsageError("\n".join([f"there is no request in {', '.join(files)}", *found.notes]))
    matched, refused = _match(found.requests, project, choose_specs(project, spec), environ)
    credentials = Credentials(known=list_known(project, environ))
    secrets = collect_secrets(found, matched, credentials)
    at_hand = FilesAtHand.build(project.root, files)
    drafter = Drafter(credentials, Variables(taken=list_variables(project)), build_redactor(secrets), at_hand)
    most = Counter(match.spec.key for _, match in matched).most_common(1)
    about = read_target(project, into)[1] if into else ""
    key = about or (most[0][0] if most else "")
    drafts, unread = draft_scenarios(drafter, matched, spec=key)
    refused = [drafter.redactor.text(line) for line in (*refused, *unread)]
    if not drafts:
        raise UsageError("\n".join(["none of the requests can be imported", *refused]))
    source = next(iter(files))
    head = {"contract": PurePosixPath(source).stem or "imported", "spec": key, "source": {"document": source}}
    text, needs = write_drafts(project, drafter, drafts, head=head, into=into)
    count, scenarios = sum(len(draft.steps) for draft in drafts), count_noun(len(drafts), "scenario")
    report = [
        *(f"not imported: {line}" for line in refused),
        *drafter.lost,
        *map(drafter.redactor.text, found.notes),
        *([_REWRITTEN.format(drafter.rewritten)] if drafter.rewritten else []),
        *needs,
        f"{count} of {count_noun(len(found.requests), 'request')} are steps of {scenarios} now",
    ]
    return Imported(text=text, report=tuple(report), is_whole=not refused and not drafter.lost)


def write_drafts(
    project: Project, drafter: Drafter, drafts: Sequence[ScenarioDraft], *, head: Mapping[str, Json], into: Path | None
) -> tuple[str, list[str]]:
    """Return a contract file with `head`, or that at `into` with the scenarios added, and what an environment needs for
    them. Raises UsageError where they cannot be added, or would hold a secret."""
    unique = make_unique(drafts, {scenario.id for scenario in project.scenarios})
    needs = _list_needs(drafter, project)
    unique[0] = dataclasses.replace(unique[0], comments=(*unique[0].comments, *needs))
    before, _ = read_target(project, into) if into else ("", "")
    text = add_to_file(before, str(into), unique) if before else render_file(head, unique)
    _refuse_leaks(text, drafter)
    return text, needs


def choose_specs(project: Project, key: str | None) -> list[Spec]:
    if key is not None and key not in project.specs:
        hint = suggest_or_list(key, project.specs)
        raise UsageError(f"contracts.yaml has no spec '{key}'" + (f"; {hint}" if hint else ""))
    return [spec for spec in project.specs.values() if key in (None, spec.key)]


def _match(
    requests: Sequence[ForeignRequest], project: Project, specs: Sequence[Spec], environ: Mapping[str, str]
) -> tuple[list[tuple[ForeignRequest, Match]], list[str]]:
    """Return the requests with their operations, and why the others have none."""
    variables, _ = load_variables(project.root, environ)
    addresses = find_addresses(project.settings, project.specs, variables)
    is_strict = any(iter_known(requests, addresses))
    matched: list[tuple[ForeignRequest, Match]] = []
    refused: list[str] = []
    for request in requests:
        try:
            if request.problem:
                raise UnmatchedError(request.problem)
            matched.append((request, find_match(request, specs, addresses, is_strict=is_strict)))
        except UnmatchedError as error:
            refused.append(f"{request.where}: {error}")
    return matched, refused


def collect_secrets(
    found: ForeignFile, matched: Iterable[tuple[ForeignRequest, Match]], credentials: Credentials
) -> dict[str, str]:
    """Return what the files call secret, and what the requests carry as credentials, by a name for each."""
    values, carried = list(found.secrets), []
    for request, match in matched:
        sent = Sent.split(request.headers, match.query)
        carried.append(take_credentials(match.operation, match.spec.security_schemes, sent))
        values += list_credential_values(sent)
    credentials.learn(carried)
    named = [split_credential(name, value) for name, value in credentials.values.items()]
    secrets = {name: value for each in named for name, value in each.items()}
    others = filter(is_provable, dict.fromkeys(values))
    return secrets | {f"secret {number}": value for number, value in enumerate(others, start=1)}


def list_known(project: Project, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the value of each credential that an environment has -> its name."""
    variables, _ = load_variables(project.root, environ)
    environments = (read_set_environment(project.settings, name, variables) for name in project.settings.environments)
    known: dict[str, str] = {}
    for name, credential in (pair for each in environments if each for pair in each.credentials.items()):
        if isinstance(credential, UserPassword):
            known[f"{credential.username}:{credential.password}"] = name
        elif isinstance(credential, str):
            known[credential] = name
    return known


def list_variables(project: Project) -> frozenset[str]:
    """Return the names of the variables that environments have."""
    environments = (read_open_environment(project.settings, name)[0] for name in project.settings.environments)
    return frozenset(name for each in environments if each for name in each.variables)


def _list_needs(drafter: Drafter, project: Project) -> list[str]:
    """Return what an environment needs before the scenarios run there."""
    environments = [read_open_environment(project.settings, name)[0] for name in project.settings.environments]
    named = {name for each in environments if each for name in (*each.credentials, *each.missing_credentials)}
    credentials = {
        name: (find_open(value) or [name])[0] for name, value in drafter.credentials.values.items() if name not in named
    }
    variables = (*drafter.variables.values, *drafter.variables.open)
    wanted = {
        "credentials": credentials,
        "variables": {name: name for name in variables if name not in drafter.variables.taken},
    }
    return [
        f"an environment needs {kind}: {{{', '.join(f'{name}: ${_make_variable(of)}' for name, of in names.items())}}}"
        for kind, names in wanted.items()
        if names
    ]


def _make_variable(name: str) -> str:
    """Return the name of a variable of the process: restToken is REST_TOKEN."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", name).strip("_").upper()


def _refuse_leaks(text: str, drafter: Drafter) -> None:
    """Raise UsageError where a text has a credential after all."""
    values = {name: value for name, value in drafter.redactor.secret_values().items() if is_provable(value)}
    for leak in LeakSearch(Path(), secrets=values, personal=()).search_text("the contract file", text):
        raise UsageError(f"nothing was written: line {leak.line} would hold a credential of the requests ({leak.name})")
