"""Tells each receiver what has changed since the run up to which it was told, once, whatever becomes of the watch.

One that could not be reached is told with the next run what has changed until then.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from contracts_runner.dataclass import dataclass
from contracts_runner.faults import guard
from contracts_runner.project.settings.settings import Settings
from contracts_runner.reporting.alert import Alert, find_change, render_alert, render_unmade
from contracts_runner.results.results import Results
from contracts_runner.run.runs import read_head
from contracts_runner.run.watching.channels import Deliver
from contracts_runner.run.watching.made_runs import Head, is_watched, iter_complete
from contracts_runner.run.watching.told import Told

# Options by which a run looks at other things than another one: their causes say nothing of each other.
_SELECTING = ("selectors", "tags", "excluded_tags", "phases", "property_phases")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerting:
    """`redact` is for what a receiver says of itself; `count` counts alerts by receiver, and whether one arrived."""

    settings: Settings
    environment: str
    templates: Sequence[Path]
    channels: Mapping[str, Deliver]
    redact: Callable[[str], str]
    count: Callable[[str, bool], None]
    told: Told

    def begin(self) -> list[str]:
        """Tell what an earlier watch could not, and note from which run on a new receiver is told; returns what went
        wrong. Raises RunFolderError."""
        told = self.told.read()
        new = [name for name in self.channels if name not in told]
        for name in new:
            newest = next(self._iter_complete(), None)
            self.told.note(name, newest[1].run.id if newest else "")
        watched = next(self._iter_complete(is_watched), None) if len(new) < len(self.channels) else None
        return self.tell(*watched) if watched else []

    def tell(self, run: Path, results: Results) -> list[str]:
        """Tell what has changed until a run; returns what went wrong. Raises RunFolderError."""
        if not results.run.complete:
            return []
        return [problem for name in self.channels if (problem := self._tell(name, run, results))]

    def tell_unmade(self, exit_code: int) -> list[str]:
        """Tell, once, that no run could be made; returns what went wrong. Raises RunFolderError."""
        alert, problems = render_unmade(self.environment, exit_code), []
        for name in self.channels:
            if not self.told.is_unmade(name):
                problem = self._deliver(name, lambda: alert)
                problems += [problem] if problem else []
                if not problem:
                    self.told.note_unmade(name, exit_code)
        return problems

    def list_noted(self) -> set[str]:
        """Return the ids of the runs that count for what comes next."""
        return set(self.told.read().values())

    def _tell(self, name: str, run: Path, results: Results) -> str:
        noted = self.told.read().get(name, "")
        if noted == results.run.id:
            return ""
        change = find_change(self._find_baseline(noted, run), results, is_back=self.told.is_unmade(name))
        if change is not None:
            problem = self._deliver(name, lambda: render_alert(change, run, self.templates))
            if problem:
                return problem
        self.told.note(name, results.run.id)
        return ""

    def _deliver(self, name: str, render: Callable[[], Alert]) -> str:
        problem = guard(lambda: self.channels[name](render()), str)
        self.count(name, not problem)
        return f"{name} was not told: {self.redact(problem)}" if problem else ""

    def _find_baseline(self, noted: str, run: Path) -> Results | None:
        """Return what was found in the run that is noted, None if there was none before; if it is gone, in the last one
        before `run`. Only one that looked at the same things counts."""
        if not noted:
            return None
        head = read_head(run)

        def is_like(other: Head) -> bool:
            return _select(other) == _select(head) and str(other.get("started_at")) < str(head.get("started_at"))

        before = next(self._iter_complete(lambda other: is_like(other) and other.get("id") == noted), None)
        before = before or next(self._iter_complete(is_like), None)
        return before[1] if before else None

    def _iter_complete(self, is_wanted: Callable[[Head], bool] = lambda _: True) -> Iterator[tuple[Path, Results]]:
        return iter_complete(self.settings, self.environment, is_wanted)


def _select(head: Head) -> list[object]:
    options = head.get("options")
    return [options.get(name) if isinstance(options, Mapping) else None for name in _SELECTING]
