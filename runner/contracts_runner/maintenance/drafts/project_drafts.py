"""The files of a new project for its documents: contracts.yaml, scenarios, and what is around them."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files as list_resources

from contracts_runner.dataclass import dataclass
from contracts_runner.maintenance.drafts.environment_drafts import NO_SERVER, EnvironmentDraft
from contracts_runner.maintenance.drafts.environment_merging import SharedEnvironment, share_environments
from contracts_runner.maintenance.drafts.operation_drafts import OperationDrafts
from contracts_runner.maintenance.drafts.scenario_writing import make_unique, render_comment, render_entry, render_file
from contracts_runner.model.json import Json
from contracts_runner.model.scenario_draft import ScenarioDraft
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.settings.settings import FILE_NAME, VERSION

CONTRACTS = "contracts"
_TITLE = re.compile(r"""\binfo["']?\s*:[^}]*?\btitle["']?\s*:\s*["']?([^"'\n,}]+)""")
_SAYS_NOTHING = re.compile(r"(openapi|swagger|spec|specs|api|apis|docs|schema|reference|dist|v?[0-9]+|[-_])*")
_HEAD_BYTES = 1 << 16
_SCHEMAS = {"contract.schema.json": f"{CONTRACTS}/**/*.yaml", "project.schema.json": FILE_NAME}
_GENERATED_HEAD = (
    "Written by `contracts init` from the document, and yours to change. Where a scenario has a tag `guess:NAME`, a",
    "comment says what was guessed: if it fails, write a value that the service has, and take the tag away.",
)
_WORKFLOW = """\
name: contracts
on:
  push:
  pull_request:
  schedule: [{{cron: "23 5 * * *"}}]
permissions: {{contents: read}}
jobs:
  contracts:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with: {{python-version: "3.12"}}
      # No package index has the tool. From a checkout: python -m pip wheel --no-deps --wheel-dir wheels ../contracts
      - run: python -m pip install wheels/*.whl
      - run: contracts check --format github
      - run: contracts run --skip-missing
{variables}      - uses: actions/upload-artifact@v4
        if: always()
        with: {{name: contracts, path: runs}}
"""


@dataclass(frozen=True, slots=True)
class ProjectDraft:
    """Path relative to the project -> text of each file, how many scenarios are in them, whether credentials are to be
    filled in, and whether the address of the service is known."""

    files: Mapping[str, str]
    scenarios: int
    has_credentials: bool
    has_address: bool


@dataclass(frozen=True, slots=True)
class DocumentDraft:
    """A document of a project: its spec, its path, and the environments that it names."""

    spec: Spec
    path: str
    environments: Sequence[EnvironmentDraft]


def draft_project(documents: Sequence[DocumentDraft], *, is_minimal: bool) -> ProjectDraft:
    """Return the files of a project, without the documents; contracts.yaml alone where it is to be minimal."""
    environments = share_environments({each.spec.key: each.environments for each in documents})
    contracts = {} if is_minimal else dict(_iter_contracts(documents, environments[0]))
    specs = {each.spec.key: each.path for each in documents}
    settings = {FILE_NAME: _render_settings(specs, environments, has_contracts=bool(contracts))}
    scenarios = sum(len(drafts) for _, drafts in contracts.values())
    rendered = {
        f"{CONTRACTS}/{name}.yaml": render_file(head, drafts, _GENERATED_HEAD)
        for name, (head, drafts) in contracts.items()
    }
    surroundings = {} if is_minimal else _draft_surroundings([each.draft for each in environments])
    has_credentials = bool(environments[0].draft.credentials) and not is_minimal
    has_address = environments[0].draft.comment != NO_SERVER
    return ProjectDraft({**settings, **rendered, **surroundings}, scenarios, has_credentials, has_address)


def _render_settings(
    specs: Mapping[str, str], environments: Sequence[SharedEnvironment], *, has_contracts: bool
) -> str:
    lines = [
        "# What is promised (specs), what we rely on (contracts), and where to look (environments).\n",
        render_entry("version", VERSION),
        *_render_specs(specs),
        render_entry("contracts", CONTRACTS) if has_contracts else "",
        render_entry("default_environment", environments[0].draft.name),
        "environments:\n",
    ]
    for shared in environments:
        environment = shared.draft
        comment = _render_aside(environment.comment)
        lines += [f"  {_head_of(environment.name)}{comment}", f"    {render_entry('base_url', environment.base_url)}"]
        if shared.base_urls:
            lines.append("    base_urls: # of the specs whose service is elsewhere\n")
            for key, (url, comment) in shared.base_urls.items():
                lines.append(f"      {render_entry(key, url).rstrip()}{_render_aside(comment)}")
        if environment.servers:
            lines.append("    servers: # of the operations that have their own, as the document names them\n")
            lines += [f"      {render_entry(name, url)}" for name, url in environment.servers.items()]
        if environment.credentials:
            lines.append("    credentials: # set the variables in .env, or in the environment of the process\n")
            for credential in environment.credentials:
                entry = render_entry(credential.scheme, credential.value).rstrip("\n")
                lines.append(f"      {entry} {render_comment(credential.description)}")
        lines.append("    writes: block # nothing is changed there; `allow` sends writes, too\n")
    return "".join(lines)


def _render_specs(specs: Mapping[str, str]) -> list[str]:
    if len(specs) == 1:
        return [render_entry("specs", dict(specs))]
    return ["specs:\n", *(f"  {render_entry(key, path)}" for key, path in specs.items())]


def _render_aside(comment: str) -> str:
    return f" {render_comment(comment)}" if comment else "\n"


def _head_of(name: str) -> str:
    return render_entry(name, None).removesuffix(" null\n")


def _iter_contracts(
    documents: Sequence[DocumentDraft], environment: SharedEnvironment
) -> Iterator[tuple[str, tuple[dict[str, Json], list[ScenarioDraft]]]]:
    """Yield the name of each contract with its head and its scenarios: those of one tag of a document."""
    taken: set[str] = set()
    for document in documents:
        spec = document.spec
        aliases = environment.aliases[spec.key]
        schemes = {each.scheme for draft in document.environments[:1] for each in draft.credentials}
        drafts = OperationDrafts(spec, frozenset(aliases.get(name, name) for name in schemes), aliases)
        found = list(drafts.iter_drafts())
        unique = [
            replace(each, id=f"{spec.key}.{each.id}") if each.id in taken else each
            for each in make_unique([draft for _, draft in found], ())
        ]
        unique = make_unique(unique, taken)
        taken |= {each.id for each in unique}
        groups: dict[str, list[ScenarioDraft]] = defaultdict(list)
        for (operation, _), draft in zip(found, unique, strict=True):
            groups[make_slug(_find_group(spec, operation)) or "api"].append(draft)
        for group, scenarios in groups.items():
            name = f"{spec.key}-{group}" if len(documents) > 1 else group
            head: dict[str, Json] = {"contract": name, "spec": spec.key, "source": {"document": document.path}}
            yield f"{spec.key}/{group}" if len(documents) > 1 else group, (head, scenarios)


def _find_group(spec: Spec, operation: Operation) -> str:
    """Return the first tag of an operation, else the first word of its path."""
    found = spec.bundle.get(("paths", operation.path, operation.method.lower(), "tags", 0))
    if found and isinstance(found[1], str):
        return found[1]
    return next((part for part in operation.path.split("/") if part and "{" not in part), "")


def make_slug(text: str) -> str:
    """Return a text as the name of a file or a key: Pet store -> pet-store."""
    return "-".join(re.findall(r"\w+", text.casefold()))[:60].strip("-_")


def choose_keys(documents: Mapping[str, bytes]) -> dict[str, str]:
    """Return a key for each document by its path: the name of its file; of one that says nothing that of its folder,
    where there are several, or its title."""
    keys: dict[str, str] = {}
    for path, content in documents.items():
        folder, _, name = path.rpartition("/")
        stem = make_slug(re.sub(r"\.(json|ya?ml)$", "", name))
        nearest = make_slug(folder.rpartition("/")[2]) if len(documents) > 1 else ""
        found = [stem, nearest, make_slug(_find_title(content))[:30].strip("-")]
        key = next((text for text in found if not _SAYS_NOTHING.fullmatch(text)), stem or "api")
        wanted = [key, make_slug(f"{folder}-{key}"), *(f"{key}-{number}" for number in range(2, len(documents) + 2))]
        keys[path] = next(each for each in wanted if each not in keys.values())
    return keys


def _find_title(content: bytes) -> str:
    # Before it is read: the key is part of what is kept of a document.
    found = _TITLE.search(content[:_HEAD_BYTES].decode("utf-8", errors="replace"))
    return found[1] if found else ""


def _draft_surroundings(environments: Sequence[EnvironmentDraft]) -> dict[str, str]:
    credentials = [credential for environment in environments for credential in environment.credentials]
    example = "".join(
        render_comment(f"{credential.scheme}: {credential.description}")
        + "".join(f"{name}=\n" for name in credential.variables)
        for credential in credentials
    )
    names = [name for credential in environments[0].credentials for name in credential.variables]
    secrets = "".join(f"          {name}: ${{{{ secrets.{name} }}}}\n" for name in names)
    variables = f"        env:\n{secrets}" if secrets else ""
    schemas = {f"./.vscode/{name}": place for name, place in _SCHEMAS.items()}
    package = list_resources("contracts_runner") / "schema"
    return {
        ".env.example": "# Copy this file to .env, which is never committed, and fill it in.\n" + example,
        ".gitignore": ".env\nruns/\n",
        ".github/workflows/contracts.yml": _WORKFLOW.format(variables=variables),
        ".vscode/settings.json": json.dumps({"yaml.schemas": schemas}, indent=2) + "\n",
        **{f".vscode/{name}": (package / name).read_text(encoding="utf-8") for name in _SCHEMAS},
    }
