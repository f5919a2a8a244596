"""An environment of contracts.yaml with all its values resolved (docs/design.md, Project file, Safety)."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import SourceLocation
from contracts_runner.model.checks import PropertyCheck
from contracts_runner.model.credential import ClientCertificate, Credential, list_secrets
from contracts_runner.model.json import Json
from contracts_runner.model.phase import GenerationPhase
from contracts_runner.model.proxies import Proxies
from contracts_runner.model.secrets import find_address_secrets, is_provable
from contracts_runner.model.spec import Effect
from contracts_runner.model.warehouse_beside import NO_LIMITS, QueryLimits
from contracts_runner.model.watch import WatchSettings

HOOK_TIMEOUT_SECONDS = 600.0
PATIENCE_SECONDS = 60.0


class WritePolicy(StrEnum):
    """`writes`: what happens to a request of a write operation."""

    BLOCK = "block"
    PROBE = "probe"
    ALLOW = "allow"

    def find_obstacle(self, operation: str, effect: Effect, *, is_probe: bool) -> str:
        """Return why a request of an operation may not leave, "" if it may; a probe is harmless by construction."""
        if effect is Effect.READ:
            return ""
        match self:
            case WritePolicy.ALLOW:
                return ""
            case WritePolicy.PROBE if is_probe:
                return ""
            case WritePolicy.PROBE:
                return (
                    f"not sent: {operation} writes, the environment has `writes: probe`, and the step has no `probe:`"
                )
            case WritePolicy.BLOCK:
                return f"not sent: {operation} writes and the environment has `writes: block`"
            case _:
                assert_never(self)


class RedactionMode(StrEnum):
    """`redaction`: how a personal value is written down."""

    FULL = "full"
    PARTIAL = "partial"
    HASH = "hash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on one exchange: seconds and bytes; `body_bytes` counts after decompression. `is_configured`: they are
    those of an environment, which can be changed."""

    connect_seconds: float = 5.0
    first_byte_seconds: float = 30.0
    exchange_seconds: float = 60.0
    header_bytes: int = 64 * 1024
    body_bytes: int = 32 * 1024 * 1024
    depth: int = 200
    is_configured: bool = True

    def explain(self, key: str) -> str:
        """Return where a limit is set, as the end of a message about it."""
        if not key or not self.is_configured:
            return ""
        values = {
            "connect": f"{self.connect_seconds:g}s",
            "first_byte": f"{self.first_byte_seconds:g}s",
            "exchange": f"{self.exchange_seconds:g}s",
            "headers": write_size(self.header_bytes),
            "body": write_size(self.body_bytes),
            "depth": self.depth,
        }
        return f" (`limits: {{{key}: {values[key]}}}` of the environment)"


def write_size(size: int) -> str:
    """Return a number of bytes as an environment has it."""
    units = ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)
    return next((f"{size // factor} {unit}" for unit, factor in units if size % factor == 0), f"{size} B")


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxApp:
    """An application to serve on a free loopback port: `app` is "module:factory", `options` its keyword arguments."""

    app: str
    options: Mapping[str, Json]
    location: SourceLocation


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseSettings:
    """Where the tables are. `dsn` is None when its variable is not set: not configured."""

    dsn: str | None
    missing: str = ""  # name of the variable that would hold the DSN
    database: str = "default"
    load: str | None = None  # "module:function", run between scenarios and verification
    prepare: str | None = None  # "module:function", run before the first snapshot
    max_lag_seconds: float | None = None
    is_counting_each: bool = False  # `snapshot: each`: also around every scenario that names a table
    ca_bundle: Path | None = None
    proxies: Proxies = field(default_factory=Proxies)
    limits: Limits = field(default_factory=Limits)  # of an answer
    query_limits: QueryLimits = NO_LIMITS
    max_requests: int | None = None  # to the API, of the whole phase


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishSettings:
    """Where the results of runs are collected: an account that may insert. `is_creating`: make missing tables, whose
    rows of single runs go after `keep_days`."""

    target: WarehouseSettings
    is_creating: bool = False
    keep_days: int | None = None


class OperationGroup(StrEnum):
    """What `properties: {operations: …}` has for a whole group; a list there has labels and tags."""

    READ = "read"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertySettings:
    """What is generated from the spec, as the author says; None: what properties/selection.py has for it."""

    operations: OperationGroup | tuple[str, ...] | None = None
    phases: tuple[GenerationPhase, ...] | None = None
    max_examples: int | None = None  # of an operation and kind of requests
    max_requests: int | None = None  # of the whole phase
    max_writes: int | None = None
    seconds: float | None = None  # for all of them
    workers: int | None = None
    checks: tuple[PropertyCheck, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One environment. `base_url` is None for a sandbox, whose address is known when it is served."""

    name: str
    base_url: str | None
    # Spec -> where its service is, and own server of an operation -> where that is; "" for `base_url`.
    base_urls: Mapping[str, str] = field(default_factory=dict)
    servers: Mapping[str, str] = field(default_factory=dict)
    sandbox: SandboxApp | None = None
    # By security scheme, or another name that `auth:` uses.
    credentials: Mapping[str, Credential] = field(default_factory=dict)
    missing_credentials: Mapping[str, str] = field(default_factory=dict)  # credential -> variable
    # Credential -> what is wrong with the bytes of its variable.
    undecodable_credentials: Mapping[str, str] = field(default_factory=dict)
    # Of the form of those without a value.
    sample_credentials: Mapping[str, Credential] = field(default_factory=dict)
    auth: str | tuple[str, ...] | None = None  # of steps that say nothing
    headers: Mapping[str, str] = field(default_factory=dict)  # likewise, as templates
    latency_ms: float | None = None
    client_certificate: ClientCertificate | None = None
    variables: Mapping[str, Json] = field(default_factory=dict)
    undecodable_variables: Mapping[str, str] = field(default_factory=dict)  # variable -> what is wrong with its bytes
    writes: WritePolicy = WritePolicy.BLOCK
    rate_limit_per_second: float | None = None
    patience_seconds: float = PATIENCE_SECONDS  # how long a walk waits for one page when the service says Retry-After
    jobs: int = 4
    redaction: RedactionMode = RedactionMode.FULL
    limits: Limits = field(default_factory=Limits)
    hook_timeout_seconds: float = HOOK_TIMEOUT_SECONDS
    ca_bundle: Path | None = None
    proxies: Proxies = field(default_factory=Proxies)
    is_protected: bool = False
    # Name -> where the tables are; "" is the name of `warehouse`, which holds those of every contract.
    warehouses: Mapping[str, WarehouseSettings] = field(default_factory=dict)
    publish: PublishSettings | None = None
    # What was read from `$NAME`, by that name; addresses aside, of which only a part is secret.
    read_variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    properties: PropertySettings | None = None  # None: the phase runs only where the command line wants it
    watch: WatchSettings = field(default_factory=WatchSettings)
    location: SourceLocation

    def find_warehouse(self, name: str) -> WarehouseSettings | None:
        """Return where the tables of a contract are, by the name that it gives; None where there is no such warehouse.

        A contract without a name is for the only one.
        """
        only = next(iter(self.warehouses.values())) if len(self.warehouses) == 1 else None
        return self.warehouses.get("") or (self.warehouses.get(name) if name else only)

    @property
    def max_requests(self) -> int | None:
        """How many requests the checks may send to the API in all: the least that any warehouse says."""
        return min((each.max_requests for each in self.warehouses.values() if each.max_requests), default=None)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where requests may go beside `base_url`."""
        return tuple(filter(None, (*self.base_urls.values(), *self.servers.values())))

    @property
    def is_simulated(self) -> bool:
        """True for a sandbox: what it shows says nothing about production."""
        return self.sandbox is not None

    @property
    def service_proxies(self) -> Proxies:
        """The proxies of requests to the service: a sandbox is on this machine, a proxy has no business there."""
        return Proxies() if self.is_simulated else self.proxies

    @property
    def secrets(self) -> dict[str, str]:
        """What must not be written down, by name."""
        found = self.proxies.list_secrets()
        for name, value in self.credentials.items():
            found |= list_secrets(name, value)
        targets = {f"warehouse:{name}" if name else "warehouse": target for name, target in self.warehouses.items()}
        for name, target in {**targets, **({"publish": self.publish.target} if self.publish else {})}.items():
            found |= find_address_secrets(f"{name}:dsn", target.dsn) if target.dsn else {}
        return found | {name: value for name, value in self.read_variables.items() if is_provable(value)}

    @property
    def secret_words(self) -> dict[str, str]:
        """What was read from `$NAME` and could stand in any text by chance: it must not be written down either, but
        finding it proves nothing."""
        return {name: value for name, value in self.read_variables.items() if not is_provable(value)}
