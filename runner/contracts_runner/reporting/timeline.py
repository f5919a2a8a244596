"""The run over time: when each scenario ran, as a drawing whose lanes are what ran beside each other."""

from collections.abc import Iterable, Mapping

from contracts_runner.dataclass import dataclass
from contracts_runner.model.outcome import WORST_FIRST, Outcome
from contracts_runner.results.times import Times

WIDTH = 1000
LANE = 10
_BAR = 8
# Narrower bars would not be seen.
_NARROWEST = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """`lanes` of scenarios, in which `paths` (outcome, path of SVG) are their bars, WIDTH wide; below them a lane for
    each other phase of `ticks`: (label, paths), outcome None for what has none."""

    lanes: int
    paths: list[tuple[Outcome, str]]
    ticks: list[tuple[str, list[tuple[Outcome | None, str]]]]

    @property
    def height(self) -> int:
        """The height of the drawing."""
        return LANE * (self.lanes + len(self.ticks))

    @property
    def drawn(self) -> list[Outcome | None]:
        """The outcomes that have a bar, None last where something has none."""
        found = {outcome for _, paths in self.ticks for outcome, _ in paths}.union(outcome for outcome, _ in self.paths)
        return [outcome for outcome in (*Outcome, None) if outcome in found]


def build_timeline(times: Times, outcomes: Mapping[str, Outcome]) -> Timeline | None:
    """Return the timeline of a run; `outcomes` are those of the scenarios. None where no time passed."""
    first, last = times.first, times.last
    if first is None or last is None or last <= first:
        return None
    scale = WIDTH / (last - first)
    lanes = _share_lanes(times.spans)
    drawn: dict[Outcome, list[str]] = {}
    for scenario, (begin, end) in times.spans.items():
        if scenario in outcomes:
            x, width = (begin - first) * scale, max((end - begin) * scale, _NARROWEST)
            drawn.setdefault(outcomes[scenario], []).append(_draw(x, width, lanes[scenario]))
    count = max(lanes.values(), default=-1) + 1
    moments = {"properties": times.properties, "warehouse": times.warehouse}
    used = [(name, found) for name, found in moments.items() if found]
    return Timeline(
        lanes=count,
        paths=[(outcome, "".join(drawn[outcome])) for outcome in Outcome if outcome in drawn],
        ticks=[
            (name, _draw_ticks([(outcome, (at - first) * scale) for outcome, at in found], lane))
            for lane, (name, found) in enumerate(used, start=count)
        ],
    )


def _draw_ticks(ticks: Iterable[tuple[Outcome | None, float]], lane: int) -> list[tuple[Outcome | None, str]]:
    drawn: dict[Outcome | None, list[str]] = {}
    for outcome, x in ticks:
        drawn.setdefault(outcome, []).append(_draw(x, _NARROWEST, lane))
    # What broke over what held.
    return [(outcome, "".join(drawn[outcome])) for outcome in (None, *reversed(WORST_FIRST)) if outcome in drawn]


def _draw(x: float, width: float, lane: int) -> str:
    return f"M{x:.1f} {lane * LANE + 1}h{width:.1f}v{_BAR}h-{width:.1f}z"


def _share_lanes(spans: Mapping[str, tuple[float, float]]) -> dict[str, int]:
    """Return the first lane that is free when a scenario begins."""
    free: list[float] = []
    lanes = {}
    for scenario, (begin, end) in sorted(spans.items(), key=lambda item: item[1]):
        lane = next((number for number, until in enumerate(free) if until <= begin), len(free))
        free[lane : lane + 1] = [end]
        lanes[scenario] = lane
    return lanes
