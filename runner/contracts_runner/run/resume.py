"""`--resume`: continues a run that was killed or interrupted, if nothing that it depends on has changed.

See docs/design.md, Files of a run.

The options of the run come from its ledger. An option that is given again must be the same; how many jobs there are
and what is written at the end may differ. The files of the project, the selected scenarios, the
variables, the address, the write policy and the version of the tool must be those of the beginning: evidence of two
different things under one name is worth nothing.

What happens then, in this order:
1. Scenarios that were running, or that an interrupt ended before their last step, go on after their last recorded
   one, and their cleanup runs (engine/progress.py says how). In a sandbox, whose worlds end with the process, one that
   writes is run again from its first step, in a new world: its earlier steps count as requests only.
   One that others still need, and of which redaction hides a capture, is run again if it only reads or is a login.
   So is one that an interrupt ended, and whose cleanup has run; one that has written then is errored.
2. Scenarios that had not begun, or that the interrupt kept back, are run.
3. Property phase and warehouse phase: left out if they had ended. Else property operations of which a generated write
   had left (to a service, not to a sandbox) are errored and not tested again, the others are tested anew as a whole: a
   later phase of generation, or a flow, may come back to each. The loader is not run again where its success was
   recorded and the warehouse lasts; the counts before the load stay those of the beginning; warehouse checks only read,
   and are made again.

Of a run that was complete, and whose reports were not, only the files are written, and searched.

Secrets come from the environment again, and may have been renewed: the findings of stage 1, recorded once more, show
the fingerprints. The key of `redaction: hash` was never written, so that a resumed run has a new one: equal values have
equal hashes before the line `run_resumed` and after it, not across. The search for leaks at the end knows all secrets,
and the personal values that were met since then; those of the time before were redacted on their way into the ledger.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from contracts_runner import read_version
from contracts_runner.dataclass import dataclass
from contracts_runner.engine.progress import Progress, read_progress
from contracts_runner.errors import RunFolderError, UsageError
from contracts_runner.evidence.files import refuse_links
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.evidence.ledger import LedgerLines
from contracts_runner.evidence.manifest import is_sealed
from contracts_runner.model.json import Plain
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.results import events
from contracts_runner.results.lines import Line, UnknownEvent
from contracts_runner.results.record import read_record
from contracts_runner.results.rows import Moment, RunDescription
from contracts_runner.run.plan import RunPlan

_Kind = TypeVar("_Kind", bound=events.Event)
_START_AGAIN = "start a new run"
_STEP = UnknownEvent("step_finished")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumption:
    """A run to be continued: its folder, the lines of its ledger, those of steps without what they hold, and how far
    each scenario came."""

    folder: Path
    started: events.RunStarted
    lines: Sequence[Line]
    progress: Mapping[str, Progress]

    @property
    def run(self) -> RunDescription:
        """The run as its first line describes it."""
        return self.started.run

    @property
    def options(self) -> dict[str, Plain]:
        """The options of the run as its first line has them; its environment is the one that was chosen."""
        return {**(self.run.options or {}), "environment": self.run.environment}

    @property
    def run_id(self) -> str:
        """Its id, which stays."""
        return self.run.id

    @property
    def is_complete(self) -> bool:
        """True if nothing is left to be sent: the run was killed while its files were written."""
        finished = read_record(self.lines).finished
        return finished is not None and not finished.is_interrupted

    def _list(self, kind: type[_Kind]) -> list[_Kind]:
        return [line.event for line in self.lines if isinstance(line.event, kind)]

    @property
    def earlier(self) -> events.EarlierRunsRecorded | None:
        """What runs before it had found when it began."""
        return next(iter(self._list(events.EarlierRunsRecorded)), None)

    def has_finished(self, phase: Phase) -> bool:
        """True if the phase had ended."""
        return any(event.phase is phase for event in self._list(events.PhaseFinished))

    def list_written_properties(self) -> dict[str, int]:
        """Return operation -> generated requests that left, of those operations of which a write had left."""
        sent = [event for event in self._list(events.RequestSent) if event.phase is Phase.PROPERTIES]
        written = dict.fromkeys(event.operation for event in sent if event.is_write)
        return {label: sum(event.operation == label for event in sent) for label in written}

    def list_tested_properties(self) -> list[str]:
        """Return the operations of which the property phase has reported something, if only that it was interrupted."""
        answered = (event.operation for event in self._list(events.PropertyAnswered))
        return [*dict.fromkeys([*answered, *(event.row.operation for event in self._list(events.PropertyFinished))])]

    def find_counts_before(self) -> Mapping[str, int | None] | None:
        """Return the row counts of the first snapshot, None if it was not taken."""
        taken = (event for event in self._list(events.WarehouseSnapshot) if event.moment is Moment.BEFORE)
        first = next(taken, None)
        return first.tables if first else None

    def has_loaded(self) -> bool:
        """True if the loader had run, and well."""
        loads = self._list(events.WarehouseLoaded)
        return bool(loads) and loads[-1].outcome is Outcome.PASSED

    def has_failed(self) -> bool:
        """True if a scenario had failed or errored, after which `--fail-fast` starts no other."""
        apart = {entry.id for entry in self.started.scenarios if entry.quarantine}
        ended = self._list(events.ScenarioFinished)
        return any(event.outcome.traits.is_broken and event.scenario not in apart for event in ended)


def open_resumption(folder: Path) -> Resumption:
    """Return the run in a folder. Raises UsageError, RunFolderError."""
    if not folder.is_dir():
        raise UsageError(f"{folder} is an archive: unpack it, and name the folder, to resume the run")
    refuse_links(folder)
    path = folder / LEDGER
    reading, lines = LedgerLines(path), list[Line]()
    progress = read_progress(_keep(reading, lines))
    started = lines[0].event if lines else None
    if not isinstance(started, events.RunStarted):
        problem = reading.problem or "nothing was recorded"
        raise RunFolderError(f"{path} does not say what was run ({problem}): {_START_AGAIN}")
    resumption = Resumption(folder=folder, started=started, lines=lines, progress=progress)
    if resumption.is_complete and is_sealed(folder):
        raise UsageError(f"{folder}: the run is complete; `contracts report {folder}` renders its reports again")
    if any(isinstance(line.event, events.LoadStarted) for line in lines):
        raise UsageError(f"{folder}: a load is not resumed; `contracts report {folder}` writes its files")
    if started.run.observed:
        raise UsageError(f"{folder}: recorded traffic is not resumed; `contracts observe` judges it again")
    if started.run.shards:
        raise UsageError(f"{folder} is a merged run: `contracts merge` its parts again, or --resume one of them")
    if started.run.options is None:
        raise UsageError(f"{folder}: the run was made by a version that did not record its options: {_START_AGAIN}")
    return resumption


def _keep(reading: LedgerLines, lines: list[Line]) -> Iterator[Line]:
    """Yield all lines, and add them to the list: those of steps empty, or their exchanges would stay until the end."""
    for line in reading:
        lines.append(replace(line, event=_STEP) if isinstance(line.event, events.StepFinished) else line)
        yield line


def check_unchanged(resumption: Resumption, plan: RunPlan, *, base_url: str, variables_sha256: str) -> None:
    """Raise UsageError with everything that is not as it was when the run began."""
    run, started = resumption.run, resumption.started
    changes = list(compare_files(run.files or {}, plan.project.files))
    version = read_version()
    if run.tool_version != version:
        changes.append(f"the version of contracts is {version}, and was {run.tool_version}")
    if not plan.environment.is_simulated and run.base_url != base_url:
        changes.append("the base URL of the environment has changed")
    if run.variables_sha256 != variables_sha256:
        changes.append("the variables of the environment have other values")
    if run.writes is not plan.environment.writes:
        changes.append(f"`writes` is {plan.environment.writes}, and was {run.writes}")
    if [entry.id for entry in started.scenarios] != [scenario.id for scenario in plan.selection.scenarios]:
        changes.append("other scenarios are selected")
    if changes:
        folder = resumption.folder
        way_out = f"let `contracts report {folder}` write its files" if resumption.is_complete else _START_AGAIN
        raise UsageError(f"{folder} cannot be resumed: {'; '.join(changes)}. Undo that, or {way_out}")


def compare_files(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return in words which files of the project are not as they were."""
    words = [
        (name, "was removed" if name not in now else "was added" if name not in before else "was changed")
        for name in sorted({*before, *now})
        if before.get(name) != now.get(name)
    ]
    return [f"{name} {word} since then" for name, word in words]
