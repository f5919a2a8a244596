"""How long the real service took, replayed by `latency="real"` (docs/qtickets.md, Latency)."""

import re
from collections.abc import Mapping

from qtickets_sandbox.http import Request

_REAL: Mapping[str, float] = {
    r"/api/rest/v1/events": 2.218,
    r"/api/rest/v1/clients": 0.504,
    r"/api/rest/v1/discounts": 0.483,
    r"/api/rest/v1/promo-codes": 0.527,
    # Not derivable from the runs: it was the first call. The list next in size is taken instead (inferred).
    r"/api/rest/v1/orders": 0.504,
    r"/api/rest/v1/shows/[^/]+/seats": 0.100,
    r"/api/rest/v1/orders/[^/]+": 0.289,
    r"/api/rest/v1/(clients|events|discounts)/[^/]+": 0.226,
    r"/api/rest/v1/.*": 0.254,
    r"/api/partners/v1/.*": 0.231,
    r".*": 0.217,
}
_REAL_PATTERNS = tuple((re.compile(pattern), seconds) for pattern, seconds in _REAL.items())

Delays = tuple[tuple[re.Pattern[str], float], ...]


def parse_latency(name: str) -> Delays:
    """Return the delays of `none` or `real`; raises ValueError for another name."""
    match name:
        case "none":
            return ()
        case "real":
            return _REAL_PATTERNS
        case _:
            raise ValueError(f"unknown latency '{name}'; valid are: none, real")


def find_latency(delays: Delays, request: Request) -> float:
    """Return the seconds that the answer to a request took, 0 if there are no delays."""
    for pattern, seconds in delays:
        if pattern.fullmatch(request.path):
            return seconds
    return 0.0
