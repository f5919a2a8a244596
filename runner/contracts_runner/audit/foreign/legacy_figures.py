"""Counts the rows of foreign evidence again, and checks its claims against them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from statistics import fmean, median

from contracts_runner.audit.foreign.claims import Claim
from contracts_runner.audit.foreign.contradictions import find_mock
from contracts_runner.audit.foreign.matrix import LegacyRow
from contracts_runner.audit.violation import Violation
from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json

_LATENCIES: Mapping[str, Callable[[list[float]], float]] = {
    "average latency (ms)": fmean,
    "median latency (ms)": median,
    "lowest latency (ms)": min,
    "highest latency (ms)": max,
}


@dataclass(frozen=True, slots=True)
class LegacyFigures:
    """What the rows of one file add up to."""

    rows: Sequence[LegacyRow]

    @property
    def latencies(self) -> list[float]:
        """The latencies that rows state, in milliseconds."""
        return [row.latency_ms for row in self.rows if row.latency_ms is not None]

    @property
    def artifacts(self) -> list[str]:
        """The different artifacts that rows name."""
        return sorted({row.texts["artifact"] for row in self.rows if row.texts.get("artifact")})

    def count_successes(self) -> int:
        return sum(row.is_success for row in self.rows)

    def count_mocks(self) -> int:
        """Return how many of these were no exchange with the service by their own remark."""
        return sum(row.is_success and find_mock(row) is not None for row in self.rows)

    def recompute(self, claim: Claim) -> Json:
        """Return the figure of a claim as the rows give it; None where they give none."""
        match claim.what:
            case "tests":
                return len(self.rows)
            case "successful tests":
                return self.count_successes()
            case "failed tests":
                return len(self.rows) - self.count_successes()
            case "responses with status":
                return sum(str(row.status) == claim.detail for row in self.rows)
            case "success rate (%)":
                return round(100 * self.count_successes() / len(self.rows), 1) if self.rows else None
            case "artifacts":
                return len(self.artifacts) if self._has_artifacts() else None
            case "files of artifacts":
                matching = [name for name in self.artifacts if fnmatchcase(name, claim.detail)]
                return len(matching) if self._has_artifacts() else None
            case _:
                return round(_LATENCIES[claim.what](self.latencies), 1) if self.latencies else None

    def describe(self) -> str:
        successes = self.count_successes()
        text = f"{len(self.rows)} rows: {successes} successful, {len(self.rows) - successes} not"
        if self.latencies:
            text += f"; latency mean {fmean(self.latencies):.1f} ms, median {median(self.latencies):.1f} ms"
        return f"{text}; {len(self.artifacts)} artifacts" if self._has_artifacts() else text

    def _has_artifacts(self) -> bool:
        return any("artifact" in row.texts for row in self.rows)


def check_figures(claims: Sequence[Claim], figures: LegacyFigures, file: str) -> Iterator[Violation]:
    """Yield the claims that the rows refute, or do not support at all."""
    for claim in claims:
        recomputed = figures.recompute(claim)
        # A count is exact; a mean may be rounded.
        tolerance = 0.5 * 10**-claim.digits if claim.what.endswith((" (ms)", " (%)")) else 0
        if recomputed is None or abs(claim.number - recomputed) > tolerance:
            figure = f"{claim.what} {claim.detail}".strip()
            yield Violation(figure, claim.printed, recomputed, file, line=claim.line)
        elif claim.what == "successful tests" and (mocks := figures.count_mocks()):
            figure = "successful tests without mocks"
            yield Violation(figure, claim.printed, recomputed - mocks, file, line=claim.line)
