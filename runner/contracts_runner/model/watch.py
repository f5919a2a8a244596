"""How an environment is watched (docs/design.md, Watching): when it is run, where its metrics are."""

from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When runs begin: each `every_seconds`, or as `cron` says in a zone; None for both: at once. Each begins up to
    `jitter_seconds` later."""

    every_seconds: float | None = None
    cron: str | None = None
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    jitter_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsSettings:
    """Where the metrics are: served on a port, written into a file, or both."""

    port: int | None = None
    address: str = "127.0.0.1"
    textfile: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchSettings:
    """`watch` of an environment."""

    schedule: Schedule = field(default_factory=Schedule)
    metrics: MetricsSettings = MetricsSettings()
