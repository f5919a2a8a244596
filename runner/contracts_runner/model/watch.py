"""How an environment is watched (docs/design.md, Watching): when it is run, where its metrics are, what
stays, who is told of what."""

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, tzinfo
from pathlib import Path
from typing import TypeAlias

from contracts_runner.dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When runs begin: each `every_seconds`, or as `cron` says in a zone; None for both: at once. Each begins up to
    `jitter_seconds` later."""

    every_seconds: float | None = None
    cron: str | None = None
    zone: tzinfo = UTC
    jitter_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSettings:
    """Where the metrics are: served on a port, written into a file, or both."""

    port: int | None = None
    address: str = "127.0.0.1"
    textfile: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How many runs of a watch stay, and how long; None: all, for ever."""

    runs: int | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that gets each alert as JSON; None: the variable `missing` is not set. `ca_bundle` is what it is
    trusted by."""

    url: str | None
    missing: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    ca_bundle: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """What Apprise brings each alert to, such as a mailbox; None: the variable `missing` is not set."""

    url: str | None
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program and its arguments; it gets each alert on its standard input, in the project's folder."""

    words: tuple[str, ...]


Channel: TypeAlias = Webhook | Notification | Command


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """`watch` of an environment."""

    schedule: Schedule = field(default_factory=Schedule)
    metrics: MetricsSettings = MetricsSettings()
    retention: Retention = Retention()
    channels: tuple[Channel, ...] = ()
