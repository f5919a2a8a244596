"""Reads `known:` of a scenario: deviations that the team has accepted (docs/design.md, Known deviations)."""

from datetime import date

from contracts_runner.model.contract import KnownDeviation, ObservedDeviation
from contracts_runner.reading.durations import parse_day
from contracts_runner.reading.forms import Value

KEYS = ("environments", "observed", "because", "instead", "since", "until")
_REQUIRED = ("environments", "observed", "because", "until")
_OBSERVED = ("status", "media_type", "error")


def read_known(value: Value) -> tuple[KnownDeviation, ...]:
    """Return the entries in order; what is no mapping is left out."""
    entries = [_read_entry(item) for item in value.read_items()]
    return tuple(entry for entry in entries if entry)


def _read_entry(value: Value) -> KnownDeviation | None:
    section = value.read_section("a known deviation", KEYS, required=_REQUIRED)
    if section is None:
        return None
    since = section.read_parsed("since", parse_day)
    until = section.read_parsed("until", parse_day)
    if since and until and since > until:
        section.value.at("until").report(f"'until' is before 'since' ({since})")
    return KnownDeviation(
        environments=section.read("environments", Value.read_texts) or (),
        observed=section.read("observed", _read_observed) or ObservedDeviation(),
        because=section.read_text("because"),
        instead=section.read("instead", Value.read_text),
        since=since,
        until=until or date.max,
        location=value.location,
    )


def _read_observed(value: Value) -> ObservedDeviation | None:
    section = value.read_section("an observation", _OBSERVED)
    if section is None:
        return None
    if not any(key in section for key in _OBSERVED):
        value.report("'observed' is empty", "say at least one of status, media_type, error")
    return ObservedDeviation(
        status=section.read("status", _read_status),
        media_type=section.read("media_type", Value.read_text),
        error=section.read("error", Value.read_text),
    )


def _read_status(value: Value) -> int | None:
    status = value.read_integer(100)
    if status is not None and status > 599:
        value.report(f"{status} is not an HTTP status", "statuses are 100 to 599")
    return status
