"""What a run writes about itself in its ledger: the first line, and a line for each request that leaves."""

import hashlib
import json
import os
import platform
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from msgspec import UNSET, UnsetType, structs

from contracts_runner import read_version
from contracts_runner.model.contract import Scenario
from contracts_runner.model.credential import list_secrets
from contracts_runner.model.environment import Environment, RedactionMode
from contracts_runner.model.exchange import Request
from contracts_runner.model.spec import Effect
from contracts_runner.project.root import list_template_folders
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.reporting.phrases import Language
from contracts_runner.reporting.template_files import hash_templates
from contracts_runner.results.events import RequestSent, RunStarted
from contracts_runner.results.rows import (
    OperationDescription,
    QuarantineRow,
    RunDescription,
    ScenarioDescription,
    SourceRow,
)
from contracts_runner.run.options import record_options
from contracts_runner.run.plan import RunPlan

_FINGERPRINT = re.compile(r" sha256:[0-9a-f]{8}(?=>)")


def describe_run(plan: RunPlan, *, run_id: str, base_url: str, folder: Path, redactor: Redactor) -> RunStarted:
    """Return the first line; `base_url` is that of the target, as it is, `folder` the run's."""
    environment, project = plan.environment, plan.project
    where = describe_folder(folder)
    specs = [spec.sha256 for spec in project.specs.values()]
    return RunStarted(
        run=RunDescription(
            id=run_id,
            environment=environment.name,
            base_url=redactor.text(base_url),
            simulated=environment.is_simulated,
            seed=plan.options.seed,
            tool_version=read_version(),
            git_commit=find_git_commit(project.root),
            spec_sha256=specs[0] if len(specs) == 1 else hashlib.sha256("".join(specs).encode()).hexdigest(),
            command=redactor.text(plan.command) or describe_command(redactor),
            platform=describe_platform(),
            jobs=environment.jobs,
            writes=environment.writes,
            redaction=environment.redaction,
            phases=plan.options.phases,
            folder=redactor.text(where) if where else UNSET,
            project=redactor.text(project.named) or UNSET,
            language=UNSET if plan.options.language is Language.ENGLISH else plan.options.language,
            files=project.files,
            shard=plan.shard or UNSET,
            observed=tuple(structs.replace(each, file=redactor.text(each.file)) for each in plan.observed) or UNSET,
            templates=hash_templates(project.templates),
            variables_sha256=hash_variables(environment),
            options=redactor.value(record_options(plan.options)),
        ),
        scenarios=tuple(_describe_scenario(scenario, plan) for scenario in plan.selection.scenarios),
        deselected=plan.selection.deselected,
        operations=tuple(
            OperationDescription(
                operation=operation.label,
                spec=operation.spec,
                method=operation.method,
                path=operation.path,
                effect=operation.effect,
                evidence=operation.evidence,
                instead=operation.instead,
            )
            for spec in project.specs.values()
            for operation in spec.operations.values()
        ),
        warehouse_checks=sum(len(contract.checks) for contract in plan.warehouses),
    )


def describe_folder(folder: Path) -> str | UnsetType:
    """Return where a run's folder is from here, if it is below."""
    here, path = Path.cwd().resolve(), folder.resolve()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else UNSET


def describe_command(redactor: Redactor) -> str:
    """Return the command line as it may be written."""
    return redactor.text(" ".join(["contracts", *sys.argv[1:]]))


def _describe_scenario(scenario: Scenario, plan: RunPlan) -> ScenarioDescription:
    source = scenario.source
    return ScenarioDescription(
        id=scenario.id,
        title=scenario.title,
        contract=scenario.contract,
        tags=scenario.tags,
        source=SourceRow(document=source.document, section=source.section) if source else None,
        location=str(scenario.location),
        of=scenario.of or UNSET,
        quarantine=_describe_quarantine(scenario, plan),
        needed_by=tuple(user for user, needed in plan.needs.items() if scenario.id in needed) or UNSET,
    )


def _describe_quarantine(scenario: Scenario, plan: RunPlan) -> QuarantineRow | UnsetType:
    quarantine = scenario.quarantine
    if quarantine is None or not plan.is_quarantined(scenario):
        return UNSET
    return QuarantineRow(owner=quarantine.owner, because=quarantine.because, until=quarantine.until.isoformat())


def describe_sending(request: Request) -> RequestSent:
    """Return the line that is written when the first byte of a request leaves."""
    return RequestSent(
        phase=request.phase,
        scenario=request.scenario,
        step=request.step,
        operation=request.operation,
        method=request.method,
        url=request.template,
        is_write=request.effect is Effect.WRITE,
        credential=request.token_of or UNSET,
    )


def hash_variables(environment: Environment) -> str:
    """Return a hash that shows whether the variables are the same; personal values and credentials do not go into it.

    What was read from `$NAME` does: then it is a hash that is slow to try guesses on.
    """
    secrets: dict[str, str] = {}
    for name, credential in environment.credentials.items():
        secrets |= list_secrets(name, credential)
    redactor = Redactor(mode=RedactionMode.FULL, secrets=secrets, key=b"")
    shown = json.dumps(redactor.value(dict(environment.variables)), sort_keys=True)
    text = _FINGERPRINT.sub("", shown).encode()
    if environment.read_variables:
        return hashlib.scrypt(text, salt=b"variables", n=1 << 14, r=8, p=1, dklen=32).hex()
    return hashlib.sha256(text).hexdigest()


def iter_public_texts(plan: RunPlan) -> Iterator[str]:
    """Yield what the project's authors wrote: a word in it does not prove that a personal value leaked."""
    for folder in list_template_folders(plan.project.templates):
        for path in sorted(folder.iterdir()):
            if path.is_file():
                yield path.read_text(encoding="utf-8", errors="replace")
    for scenario in plan.selection.scenarios:
        yield scenario.title
        yield from (entry.because for entry in scenario.known)
        yield from (scenario.quarantine.owner, scenario.quarantine.because) if scenario.quarantine else ()
    for spec in plan.project.specs.values():
        yield from spec.operations


@cache
def find_git_commit(root: Path) -> str | None:
    """Return the commit that the project's folder is at, None without git or outside a repository."""
    folders = (root, *root.resolve().parents)
    if "GIT_DIR" not in os.environ and not any((folder / ".git").exists() for folder in folders):
        return None
    import subprocess

    try:
        done = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "HEAD"], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


@cache
def describe_platform() -> str:
    """Return what `platform.platform()` does, which starts a process for what it leaves out."""
    try:
        system, libc = os.uname(), os.confstr("CS_GNU_LIBC_VERSION")
    except (AttributeError, OSError, ValueError):
        return platform.platform()
    if not libc:
        return platform.platform()
    return f"{system.sysname}-{system.release}-{system.machine}-with-{libc.replace(' ', '')}"
