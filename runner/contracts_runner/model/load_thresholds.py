"""What must hold while scenarios are sent as load: thresholds of a scenario, or of a whole file."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import SourceLocation

if TYPE_CHECKING:
    from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadThresholds:
    """`latency`: percentile, in per cent -> the longest time in seconds, measured over the requests; `rate`: the least
    number of requests in a second; `error_share`: the greatest share of iterations that are not passed."""

    latency: Mapping[float, float]
    rate: float | None = None
    error_share: "Fraction | None" = None
    location: SourceLocation
