"""The files of a new project for one document: contracts.yaml, scenarios, and what is around them."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files as list_resources

from contracts_runner import DISTRIBUTION
from contracts_runner.maintenance.drafts.environment_drafts import EnvironmentDraft
from contracts_runner.maintenance.drafts.operation_drafts import OperationDrafts
from contracts_runner.maintenance.drafts.scenario_writing import make_unique, render_comment, render_entry, render_file
from contracts_runner.model.json import Json
from contracts_runner.model.scenario_draft import ScenarioDraft
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.settings.settings import FILE_NAME, VERSION

CONTRACTS = "contracts"
_TITLE = re.compile(r"""["']?\btitle["']?\s*:\s*["']?([^"'\n,}]+)""")
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
      - run: pip install {distribution}
      - run: contracts check --format github
      - run: contracts run --skip-missing
{variables}      - uses: actions/upload-artifact@v4
        if: always()
        with: {{name: contracts, path: runs}}
"""


@dataclass(frozen=True, slots=True)
class ProjectDraft:
    """Path relative to the project -> text of each file, and how many scenarios are in them."""

    files: Mapping[str, str]
    scenarios: int


def draft_project(
    spec: Spec, document: str, environments: Sequence[EnvironmentDraft], *, is_minimal: bool
) -> ProjectDraft:
    """Return the files of a project, without the document, which is at the path `document`; contracts.yaml alone where
    it is to be minimal."""
    contracts = {} if is_minimal else dict(_iter_contracts(spec, environments[0]))
    settings = {FILE_NAME: _render_settings(spec.key, document, environments, has_contracts=bool(contracts))}
    scenarios = sum(map(len, contracts.values()))
    rendered = {
        f"{CONTRACTS}/{name}.yaml": render_file(_build_head(spec, document, name), drafts, _GENERATED_HEAD)
        for name, drafts in contracts.items()
    }
    surroundings = {} if is_minimal else _draft_surroundings(environments)
    return ProjectDraft({**settings, **rendered, **surroundings}, scenarios)


def _render_settings(key: str, document: str, environments: Sequence[EnvironmentDraft], *, has_contracts: bool) -> str:
    lines = [
        "# What is promised (specs), what we rely on (contracts), and where to look (environments).\n",
        render_entry("version", VERSION),
        render_entry("specs", {key: document}),
        render_entry("contracts", CONTRACTS) if has_contracts else "",
        render_entry("default_environment", environments[0].name),
        "environments:\n",
    ]
    for environment in environments:
        comment = f" {render_comment(environment.comment)}" if environment.comment else "\n"
        lines += [f"  {_head_of(environment.name)}{comment}", f"    {render_entry('base_url', environment.base_url)}"]
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


def _head_of(name: str) -> str:
    return render_entry(name, None).removesuffix(" null\n")


def _build_head(spec: Spec, document: str, name: str) -> dict[str, Json]:
    return {"contract": name, "spec": spec.key, "source": {"document": document}}


def _iter_contracts(spec: Spec, environment: EnvironmentDraft) -> Iterator[tuple[str, list[ScenarioDraft]]]:
    """Yield the name of each contract with its scenarios: those of one tag of the document."""
    drafts = OperationDrafts(spec, frozenset(credential.scheme for credential in environment.credentials))
    found = list(drafts.iter_drafts())
    unique = make_unique([draft for _, draft in found], ())
    groups: dict[str, list[ScenarioDraft]] = defaultdict(list)
    for (operation, _), draft in zip(found, unique, strict=True):
        groups[make_slug(_find_group(spec, operation)) or "api"].append(draft)
    yield from groups.items()


def _find_group(spec: Spec, operation: Operation) -> str:
    """Return the first tag of an operation, else the first word of its path."""
    found = spec.bundle.get(("paths", operation.path, operation.method.lower(), "tags", 0))
    if found and isinstance(found[1], str):
        return found[1]
    return next((part for part in operation.path.split("/") if part and "{" not in part), "")


def make_slug(text: str) -> str:
    """Return a text as the name of a file or a key: Pet store -> pet-store."""
    return "-".join(re.findall(r"\w+", text.casefold()))[:60].strip("-_")


def choose_key(path: str, content: bytes) -> str:
    """Return a key for a document: the name of its file, or, of one that says nothing, its title."""
    stem = make_slug(re.sub(r"\.(json|ya?ml)$", "", path.rpartition("/")[2]))
    # Before it is read: the key is part of what is kept of a document.
    found = _TITLE.search(content[:_HEAD_BYTES].decode("utf-8", errors="replace"))
    title = found[1] if found else ""
    is_telling = not re.fullmatch(r"(openapi|swagger|spec|api|docs|schema|v?[0-9]+|[-_])+", stem)
    return (stem if is_telling else make_slug(title)[:30].strip("-")) or stem or "api"


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
        ".github/workflows/contracts.yml": _WORKFLOW.format(distribution=DISTRIBUTION, variables=variables),
        ".vscode/settings.json": json.dumps({"yaml.schemas": schemas}, indent=2) + "\n",
        **{f".vscode/{name}": (package / name).read_text(encoding="utf-8") for name in _SCHEMAS},
    }
