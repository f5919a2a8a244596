"""What a run depends on, as findings: system, packages, revision, target, credentials, warehouse; and how `contracts
doctor` shows them."""

import json
import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from msgspec import structs

from contracts_runner import DISTRIBUTION, read_version
from contracts_runner.model.credential import (
    CapturedCredential,
    ClientCertificate,
    Credential,
    OAuthClient,
    UserPassword,
)
from contracts_runner.model.environment import Environment
from contracts_runner.model.proxies import Proxy
from contracts_runner.model.warehouse import name_place
from contracts_runner.project.hooks import HookError, Hooks
from contracts_runner.project.project import Project
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.redaction.json_text import escape_unsafe
from contracts_runner.redaction.redactor import Redactor
from contracts_runner.reporting.text import make_visible
from contracts_runner.results.lines import as_json
from contracts_runner.results.rows import Finding, FindingStatus
from contracts_runner.run.connections import build_hooks, build_redactor, open_transport
from contracts_runner.run.credential_trial import iter_trials
from contracts_runner.run.provenance import describe_platform, find_git_commit
from contracts_runner.run.unrecorded import open_keyring
from contracts_runner.sandbox.server import open_target
from contracts_runner.transport.connector import Connector
from contracts_runner.transport.reachability import Reachability, probe_base_url
from contracts_runner.warehouse.errors import WarehouseQueryError, WarehouseUnavailable, describe_missing
from contracts_runner.warehouse.settings import QUERY_LIMITS
from contracts_runner.warehouse.warehouses import Warehouses

if TYPE_CHECKING:
    from contracts_runner.maintenance.printing import OutputFormat
    from contracts_runner.warehouse.account import Account
    from contracts_runner.warehouse.warehouse_phase import WarehousePhase

_PACKAGES = (
    DISTRIBUTION,
    "requests",
    "msgspec",
    "jsonschema-rs",
    "jsonpath-rfc9535",
    "openapi-spec-validator",
    "PyYAML",
    "schemathesis",
    "clickhouse-connect",
    "chdb-core",
    "Jinja2",
)


def print_diagnosis(project: Project, name: str | None, form: "OutputFormat") -> int:
    """Print the findings for an environment; returns the exit code: 3 if a run could not do its
    work. Raises UsageError or ProjectError for one that cannot be read."""
    findings = _diagnose(project, name, os.environ)
    print(render_findings(findings, form))
    return 3 if any(finding.status is FindingStatus.PROBLEM for finding in findings) else 0


def render_findings(findings: Sequence[Finding], form: "OutputFormat") -> str:
    """Return a line for each finding, a JSON object `{findings: […]}`, or an annotation for each."""
    from contracts_runner.maintenance.printing import OutputFormat

    match form:
        case OutputFormat.JSON:
            document = {"findings": [as_json(finding) for finding in findings]}
            return escape_unsafe(json.dumps(document, ensure_ascii=False))
        case OutputFormat.GITHUB:
            return "\n".join(map(_annotate, findings))
        case OutputFormat.TEXT:
            return _render_lines(findings)
        case _:
            assert_never(form)


def _diagnose(project: Project, name: str | None, environ: Mapping[str, str]) -> list[Finding]:
    environment = resolve_environment(project.settings, name, environ)
    project = project.place(environment)
    redactor, hooks = build_redactor(environment), build_hooks(project, environment)
    with (
        open_target(environment, hooks=hooks) as base_url,
        Warehouses(
            environment, project.warehouses, hooks=hooks, redactor=redactor, clock=lambda: datetime.now(UTC)
        ) as warehouse,
        open_transport(environment, base_url, project.specs.values()) as transport,
        open_keyring(project, environment, base_url, transport, redactor) as keyring,
    ):
        findings = examine_environment(environment, project.root, base_url, warehouse, redactor)
        trials = iter_trials(project, environment, base_url, transport, keyring)
        further = [*examine_functions(project, hooks), *trials, *_examine_accounts(warehouse)]
        return [*findings, *(redact_finding(finding, redactor) for finding in further)]


def examine_environment(
    environment: Environment, root: Path, base_url: str, warehouse: Warehouses, redactor: Redactor
) -> list[Finding]:
    """Return the findings about an environment as they may be shown and written; `root` is the project's folder."""
    proxies, limits = environment.service_proxies, environment.limits
    connector = Connector(proxies=proxies, ca_bundle=environment.ca_bundle, limits=limits)
    reach = probe_base_url(base_url, connector, limits)
    others = ((address, probe_base_url(address, connector, limits)) for address in dict.fromkeys(environment.addresses))
    findings = [
        Finding("operating system", describe_platform()),
        Finding("python", f"{platform.python_implementation()} {platform.python_version()}"),
        *(_examine_package(name) for name in _PACKAGES),
        Finding("git commit", find_git_commit(root) or "none"),
        Finding("environment", environment.name),
        Finding("base URL", base_url, _judge(reach.is_reached), reach.how),
        *(Finding("address", address, _judge(each.is_reached), each.how) for address, each in others),
        *_describe_proxy(proxies.find(base_url), reach, redactor),
        Finding("writes", str(environment.writes)),
        *(
            Finding(f"credential {name}", _describe_credential(credential, redactor), FindingStatus.OK, "present")
            for name, credential in environment.credentials.items()
        ),
        *(
            Finding(f"credential {name}", "missing", FindingStatus.PROBLEM, f"${variable} is not set")
            for name, variable in environment.missing_credentials.items()
        ),
        *(
            Finding(f"credential {name}", "unreadable", FindingStatus.PROBLEM, message)
            for name, message in environment.undecodable_credentials.items()
        ),
        *chain.from_iterable(_examine_warehouse(name, phase) for name, phase in warehouse.phases.items()),
        *(() if warehouse.phases else (Finding("ClickHouse", describe_missing(None)),)),
    ]
    return [redact_finding(finding, redactor) for finding in findings]


def examine_functions(project: Project, hooks: Hooks) -> Iterator[Finding]:
    """Yield whether the project's functions can be imported, if it has any."""
    module = project.functions
    if module is None:
        return
    try:
        hooks.load(module.name)
    except HookError as error:
        yield Finding("functions", module.file, FindingStatus.PROBLEM, str(error))
    else:
        yield Finding("functions", module.file, FindingStatus.OK, f"SHA-256 {module.sha256}")


def _describe_credential(credential: Credential, redactor: Redactor) -> str:
    match credential:
        case str():
            return redactor.fingerprint(credential)
        case UserPassword():
            return redactor.fingerprint(f"{credential.username}:{credential.password}")
        case OAuthClient():
            return redactor.fingerprint(credential.client_secret or credential.password or credential.refresh_token)
        case CapturedCredential():
            return f"from {credential.scenario}"
        case ClientCertificate():
            return credential.certificate.name
        case _:
            assert_never(credential)


def _describe_proxy(proxy: Proxy | None, reach: Reachability, redactor: Redactor) -> Iterator[Finding]:
    if proxy is None:
        return
    how = "a connection can be set up" if reach.has_met_proxy else "no connection can be set up"
    credential = f"with the credential {redactor.fingerprint(proxy.secret)}" if proxy.secret else "without a credential"
    yield Finding("proxy", proxy.url, _judge(reach.has_met_proxy), f"{how}, {credential}")


def redact_finding(finding: Finding, redactor: Redactor) -> Finding:
    """Return a finding as it may be shown and written."""
    # A server's message may quote anything.
    return structs.replace(finding, value=redactor.text(finding.value), detail=redactor.text(finding.detail))


def _examine_package(name: str) -> Finding:
    try:
        return Finding(f"package {name}", read_version(name))
    except metadata.PackageNotFoundError:
        return Finding(f"package {name}", "not installed")


def _examine_warehouse(name: str, warehouse: "WarehousePhase") -> Iterator[Finding]:
    is_usable, how = warehouse.probe()
    if is_usable is None:
        yield Finding(name_place(name, "ClickHouse"), how)
        return
    usable = "usable" if is_usable else "not usable"
    yield Finding(name_place(name, "ClickHouse"), usable, _judge(is_usable), how)
    yield from _describe_settings(name, warehouse.kept_settings)


def _describe_settings(name: str, kept: Mapping[str, str]) -> Iterator[Finding]:
    """Yield what a profile that forbids settings makes of our guarantees; that they are as good has been checked."""
    if kept:
        detail = f"the account may not change them, so the server answers for {_render_settings(kept)}"
        yield Finding(name_place(name, "ClickHouse settings"), "the server's", FindingStatus.INFO, detail)


def _judge(is_usable: bool) -> FindingStatus:
    return FindingStatus.OK if is_usable else FindingStatus.PROBLEM


def _examine_accounts(warehouses: Warehouses) -> Iterator[Finding]:
    for name, phase in warehouses.phases.items():
        yield from (structs.replace(each, name=name_place(name, each.name)) for each in _examine_account(phase))


def _examine_account(warehouse: "WarehousePhase") -> Iterator[Finding]:
    """Yield what the account of a server may do, and the statements for one that may do no more than it must."""
    try:
        statements = warehouse.render_account_statements()
    except WarehouseUnavailable:
        return  # the finding "ClickHouse" says what is wrong with the DSN
    if not statements:
        return
    try:
        account = warehouse.examine_account()
    except (WarehouseUnavailable, WarehouseQueryError) as problem:
        yield Finding("ClickHouse account", "not examined", FindingStatus.INFO, str(problem))
    else:
        yield from _describe_account(account) if account else ()
    yield Finding(
        "ClickHouse statements", statements, FindingStatus.INFO, "for an account that can read and do nothing else"
    )


def _describe_account(account: "Account") -> Iterator[Finding]:
    if account.is_read_only:
        yield Finding("ClickHouse account", account.user, FindingStatus.OK, "it is read-only")
    else:
        rights = ", ".join(account.writing) or "what its roles allow"
        yield Finding("ClickHouse account", account.user, FindingStatus.INFO, f"it may do more than read: {rights}")
    for note in account.policies:
        yield Finding("ClickHouse table", "row policy", FindingStatus.INFO, note)
    for reason in account.unreadable:
        yield Finding("ClickHouse table", "not readable", FindingStatus.PROBLEM, reason)
    if account.missing:
        statements = "\n".join(account.missing)
        yield Finding("ClickHouse rights", statements, FindingStatus.PROBLEM, "what the account lacks, to be granted")


def _render_settings(kept: Mapping[str, str]) -> str:
    limits = [f"{name} = {value}" for name, value in kept.items() if name in QUERY_LIMITS]
    others = len(kept) - len(limits)
    return ", ".join([*limits, *([f"{others} of which rows there are and what they mean"] if others else [])])


def _render_lines(findings: Sequence[Finding]) -> str:
    width = max(len(finding.name) for finding in findings)
    lines = (f"{finding.name:<{width}}  {_mark(finding.status):<7}  {_render_value(finding)}" for finding in findings)
    return make_visible("\n".join(lines))


def _annotate(finding: Finding) -> str:
    from contracts_runner.maintenance.printing import Level, render_annotation

    level = Level.ERROR if finding.status is FindingStatus.PROBLEM else Level.NOTICE
    message = make_visible(f"{finding.value} {finding.detail}".rstrip())
    return render_annotation(level, message, title=make_visible(finding.name))


def _mark(status: FindingStatus) -> str:
    match status:
        case FindingStatus.OK:
            return "ok"
        case FindingStatus.PROBLEM:
            return "PROBLEM"
        case FindingStatus.INFO:
            return ""
        case _:
            assert_never(status)


def _render_value(finding: Finding) -> str:
    """Return value and detail in a line; a value of several lines, to be copied, below its detail."""
    if "\n" in finding.value:
        return f"{finding.detail}:\n\n{finding.value}\n"
    return str(finding.value) + (f"  ({finding.detail})" if finding.detail else "")
