"""Reads one environment of contracts.yaml (docs/design.md, Project file, Safety)."""

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from contracts_runner.model.environment import (
    Environment,
    Limits,
    PublishSettings,
    RedactionMode,
    SandboxApp,
    WarehouseSettings,
    WritePolicy,
)
from contracts_runner.model.json import Json
from contracts_runner.project.settings.property_form import read_properties
from contracts_runner.reading.durations import FormError, parse_positive_duration, parse_rate, parse_size
from contracts_runner.reading.expressions import BUILTINS
from contracts_runner.reading.forms import Section, Value
from contracts_runner.reading.variables import MissingVariable, substitute

KEYS = (
    "base_url",
    "sandbox",
    "credentials",
    "variables",
    "writes",
    "rate_limit",
    "jobs",
    "redaction",
    "limits",
    "ca_bundle",
    "protected",
    "warehouse",
    "publish",
    "properties",
)
SANDBOX = "sandbox"
DEFAULT_JOBS = 4
_WAREHOUSE_KEYS = ("dsn", "database", "load", "prepare", "max_lag", "snapshot", "ca_bundle")
_PUBLISH_KEYS = ("dsn", "database", "create", "ca_bundle")
_LIMIT_KEYS = ("connect", "first_byte", "exchange", "headers", "body", "depth")
# Built in as `auth:` values, so no credential can have these names.
_RESERVED_CREDENTIALS = frozenset({"none", "invalid"})
_NAME = re.compile(r"[\w.-]+")
_CALLABLE = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*:[^\W\d]\w*")


def is_environment_name(name: str) -> bool:
    """True if the name can stand on a command line and in the name of a folder."""
    return _NAME.fullmatch(name) is not None


def check_environment_form(name: str, value: Value) -> None:
    """Report mistakes of form; what `$NAME` values hold is not known yet, and nothing is said of them."""
    read_environment(name, replace(value, value=substitute(value.value, None)), root=None)


def read_environment(name: str, value: Value, *, root: Path | None) -> Environment | None:
    """Return the environment; `value` has its variables substituted. Without a root no file is looked for."""
    section = value.read_section("an environment", KEYS, required=("base_url",))
    if section is None:
        return None
    base_url = section.read_parsed("base_url", _parse_base_url)
    sandbox = section.read("sandbox", _read_sandbox)
    _check_base_url(section, base_url)
    default_writes = WritePolicy.ALLOW if base_url == SANDBOX else WritePolicy.BLOCK
    credentials, missing = _read_credentials(section)
    return Environment(
        name=name,
        base_url=None if base_url == SANDBOX else base_url,
        sandbox=sandbox,
        credentials=credentials,
        missing_credentials=missing,
        variables=section.read("variables", _read_variables) or {},
        writes=WritePolicy(section.read("writes", _read_writes) or default_writes),
        rate_limit_per_second=section.read_parsed("rate_limit", parse_rate),
        jobs=section.read("jobs", lambda jobs: jobs.read_integer(1)) or DEFAULT_JOBS,
        redaction=RedactionMode(section.read("redaction", _read_redaction) or RedactionMode.FULL),
        limits=section.read("limits", _read_limits) or Limits(),
        ca_bundle=section.read("ca_bundle", lambda path: _read_file(path, root)),
        is_protected=section.read("protected", Value.read_boolean) is True,
        warehouse=section.read("warehouse", lambda warehouse: _read_warehouse(warehouse, root)),
        publish=section.read("publish", lambda publish: _read_publish(publish, root)),
        properties=section.read("properties", read_properties) or {},
        location=value.location,
    )


def _read_writes(value: Value) -> str | None:
    return value.read_choice(list(WritePolicy))


def _read_redaction(value: Value) -> str | None:
    return value.read_choice(list(RedactionMode))


def _parse_base_url(text: str) -> str:
    if text == SANDBOX:
        return text
    if "@" in text:
        # Not quoted: it may hold a password.
        raise FormError("the base URL holds a user or a password; use 'credentials'")
    try:
        url = urlsplit(text)
        is_fit = url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError as error:
        raise FormError(f"'{text}' is not a URL: {error}") from None
    if not is_fit or any(map(str.isspace, text)):
        raise FormError(f"'{text}' is not a base URL; write `sandbox` or one such as https://api.example.com")
    if "?" in text or "#" in text:
        raise FormError(f"'{text}' has a query or a fragment; a base URL ends with its path")
    return text.rstrip("/")


def _check_base_url(section: Section, base_url: str | None) -> None:
    if base_url == SANDBOX and "sandbox" not in section:
        section.value.at("base_url").report("'base_url: sandbox' needs the key 'sandbox' with the app to serve")
    if base_url not in (None, SANDBOX) and "sandbox" in section:
        section.value.at("sandbox").report("'sandbox' needs 'base_url: sandbox'")


def _read_sandbox(value: Value) -> SandboxApp | None:
    entries = value.read_entries()
    if "app" not in entries:
        if isinstance(value.value, dict):
            value.report("a sandbox needs the key 'app'")
        return None
    app = entries.pop("app").read_parsed(parse_callable)
    options = {name: entry.read_json() for name, entry in entries.items()}
    return SandboxApp(app=app or "", options=options, location=value.location)


def parse_callable(text: str) -> str:
    """Return `module:name` as it is; raises FormError."""
    if _CALLABLE.fullmatch(text):
        return text
    raise FormError(f"'{text}' does not name a callable; write module:name")


def _read_credentials(section: Section) -> tuple[dict[str, str], dict[str, str]]:
    """Return the credentials, and the variables of those that are missing: only the caller knows what is needed."""
    credentials: dict[str, str] = {}
    missing: dict[str, str] = {}
    for name, value in (section.read("credentials", Value.read_entries) or {}).items():
        if name in _RESERVED_CREDENTIALS:
            value.report(f"'{name}' is built in and cannot be the name of a credential")
        elif isinstance(value.value, MissingVariable):
            missing[name] = value.value.name
        elif text := value.read_text():
            credentials[name] = text
    return credentials, missing


def _read_variables(value: Value) -> dict[str, Json]:
    variables = {}
    for name, entry in value.read_entries().items():
        if not name.isidentifier():
            entry.report(f"'{name}' cannot be the name of a variable", "use letters, digits and _")
        elif name in BUILTINS:
            entry.report(f"'{name}' is built in and cannot be the name of a variable")
        variables[name] = entry.read_json()
    return variables


def _read_limits(value: Value) -> Limits | None:
    section = value.read_section("limits", _LIMIT_KEYS)
    if section is None:
        return None
    default = Limits()
    return Limits(
        connect_seconds=section.read_parsed("connect", parse_positive_duration) or default.connect_seconds,
        first_byte_seconds=section.read_parsed("first_byte", parse_positive_duration) or default.first_byte_seconds,
        exchange_seconds=section.read_parsed("exchange", parse_positive_duration) or default.exchange_seconds,
        header_bytes=section.read_parsed("headers", parse_size) or default.header_bytes,
        body_bytes=section.read_parsed("body", parse_size) or default.body_bytes,
        depth=section.read("depth", lambda depth: depth.read_integer(1)) or default.depth,
    )


def _read_warehouse(value: Value, root: Path | None) -> WarehouseSettings | None:
    section = value.read_section("a warehouse", _WAREHOUSE_KEYS, required=("dsn",))
    if section is None:
        return None
    dsn, missing = _read_dsn(section)
    return WarehouseSettings(
        dsn=dsn,
        missing=missing,
        database=section.read_text("database") or "default",
        load=section.read_parsed("load", parse_callable),
        prepare=section.read_parsed("prepare", parse_callable),
        max_lag_seconds=section.read_parsed("max_lag", parse_positive_duration),
        is_counting_each=section.read("snapshot", lambda each: each.read_choice(("run", "each"))) == "each",
        ca_bundle=section.read("ca_bundle", lambda path: _read_file(path, root)),
    )


def _read_publish(value: Value, root: Path | None) -> PublishSettings | None:
    section = value.read_section("publish", _PUBLISH_KEYS, required=("dsn",))
    if section is None:
        return None
    dsn, missing = _read_dsn(section)
    target = WarehouseSettings(
        dsn=dsn,
        missing=missing,
        database=section.read_text("database") or "default",
        ca_bundle=section.read("ca_bundle", lambda path: _read_file(path, root)),
    )
    return PublishSettings(target=target, is_creating=section.read("create", Value.read_boolean) is True)


def _read_dsn(section: Section) -> tuple[str | None, str]:
    """Return the DSN, or None and the name of the variable that would hold it."""
    dsn = section.get("dsn")
    if dsn is not None and isinstance(dsn.value, MissingVariable):
        return None, dsn.value.name
    return section.read_text("dsn") or None, ""


def _read_file(value: Value, root: Path | None) -> Path | None:
    text = value.read_text()
    if text is None:
        return None
    path = (root or Path()) / text
    if root and not path.is_file():
        value.report(f"there is no file '{text}'")
    return path
