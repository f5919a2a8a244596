"""When the things of a run happened, by the lines of its ledger."""

from dataclasses import field
from datetime import UTC, datetime

from contracts_runner.dataclass import dataclass
from contracts_runner.model.outcome import Outcome
from contracts_runner.results import events
from contracts_runner.results.lines import Line


@dataclass(slots=True)
class Times:
    """Seconds since 1970: of the first and the last line, when scenarios began and ended, and when each other thing
    happened, with its outcome, where it has one. Lines without a time that can be read do not count."""

    first: float | None = None
    last: float | None = None
    begun: dict[str, float] = field(default_factory=dict)
    spans: dict[str, tuple[float, float]] = field(default_factory=dict)
    properties: list[tuple[Outcome | None, float]] = field(default_factory=list)
    warehouse: list[tuple[Outcome | None, float]] = field(default_factory=list)

    def take(self, line: Line) -> None:
        """Take the next line."""
        at = _read_time(line.at)
        if at is None:
            return
        self.first, self.last = at if self.first is None else self.first, at
        match line.event:
            case events.ScenarioStarted(scenario=scenario):
                self.begun[scenario] = at
            case events.ScenarioFinished(scenario=scenario) if scenario in self.begun:
                self.spans[scenario] = (self.begun[scenario], at)
            case events.PropertyExchange():
                self.properties.append((None, at))
            case events.PageFetched() | events.WarehouseLoaded():
                self.warehouse.append((None, at))
            case events.WarehouseCheckFinished(row=row):
                self.warehouse.append((row.outcome, at))


def _read_time(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
