"""The form of `load`: thresholds of a scenario or of a file."""

import re

from contracts_runner.model.load_thresholds import LoadThresholds
from contracts_runner.project.contract.shares import SHARE, parse_share
from contracts_runner.reading.declarations import Form, Key
from contracts_runner.reading.readers import DURATION, RATE, Names, mapping, parsed

_PERCENTILE = r"p([1-9][0-9]?(?:\.[0-9]{1,3})?|100)"
_PERCENTILES = Names(
    "a percentile",
    lambda name: re.fullmatch(_PERCENTILE, name) is not None,
    "write p50, p95, p99.9 or p100, the slowest",
    f"^{_PERCENTILE}$",
)


class LoadForm(Form, rules={"minProperties": 1}):
    """Thresholds under load (`contracts load`); each is a row of the report, and one that is not met fails the run."""

    noun = "thresholds"
    latency = Key(
        mapping(DURATION, _PERCENTILES),
        "Percentile of the time to a whole answer -> the longest that it may be.",
        example="{p95: 300ms, p99: 1s}",
    )
    rate = Key(RATE, "The least requests per s, m or h.", example="50/s")
    error_share = Key(
        parsed(parse_share, "share", f"^{SHARE}$", "write such as 0% or 0.5%"),
        "The greatest share of iterations that are not passed.",
        example="0.5%",
    )


def build_thresholds(form: LoadForm | None) -> LoadThresholds | None:
    """Return the thresholds, None without any."""
    if form is None:
        return None
    if not form.place.value:
        form.place.report(f"{form.place.name} is empty")
    return LoadThresholds(
        latency={
            float(name[1:]): seconds
            for name, seconds in (form.latency or {}).items()
            if re.fullmatch(_PERCENTILE, name)  # another one is reported
        },
        rate=form.rate,
        error_share=form.error_share.share if form.error_share else None,
        location=form.location,
    )
