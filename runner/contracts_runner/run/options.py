"""The options of `contracts run`, each declared once: how the command line names it, what a resumed run makes of it,
and how the ledger holds it.

A value has a plain form, which `run_started.run.options` of the ledger holds: a text, a number, a boolean or a list of
texts.
"""

import dataclasses
import os
from collections.abc import Callable, Mapping
from enum import Enum, auto
from inspect import get_annotations
from pathlib import Path
from typing import Annotated, Any

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.selection import parse_shard
from contracts_runner.errors import UsageError
from contracts_runner.model.artifact_form import ArtifactForm
from contracts_runner.model.environment import WritePolicy
from contracts_runner.model.json import Plain
from contracts_runner.model.phase import GenerationPhase, Phase
from contracts_runner.reporting.formats import GITHUB, REPORTS
from contracts_runner.reporting.phrases import Language

# An option as the command line gives it: plain, but for a folder, and a tuple for a list.
Given = Plain | Path | tuple[str, ...]

RUNS = Path("runs")
LAST = "last"
_MOST_JOBS = 256
# How a run is named, wherever a command takes one (run/runs.py).
RUN = f"its folder, its archive, its id, its name under {RUNS}/, or `{LAST}`"


class Kind(Enum):
    """What is written on the command line; the plain form of the last three is a list of texts."""

    TEXT = auto()
    SWITCH = auto()  # the option alone; the value is True
    NUMBER = auto()
    FOLDER = auto()
    CHOICE = auto()  # one of `words`
    WORDS = auto()  # some of `words`, between commas
    REPEATED = auto()  # the option may be given several times
    ARGUMENTS = auto()  # the arguments of the command, without an option


class OnResume(Enum):
    """What `--resume` makes of an option."""

    SAME = auto()  # recorded; if it is given again, it must be the same
    FREE = auto()  # recorded; if it is given again, the new value counts
    UNRECORDED = auto()  # counts for one process only
    REFUSED = auto()  # not recorded, and wrong use together with --resume


@dataclass(frozen=True, slots=True)
class Option:
    """One option. `flag` is its name on the command line, for the arguments their name in messages, None for what
    another option implies. `words` are the choices; `alone` is the value of an option without one. `parse` makes the
    value of a text, for a list of each of its texts; `render` is the way back, where that is not `str`."""

    flag: str | None
    help: str = ""
    kind: Kind = Kind.TEXT
    on_resume: OnResume = OnResume.SAME
    metavar: str | None = None
    words: tuple[str, ...] = ()
    alone: str | None = None
    parse: Callable[[str], object] = str
    render: Callable[[Any], str] | None = None

    def read(self, given: Given) -> object:
        """Return the value of an option. Raises UsageError."""
        try:
            if isinstance(given, list | tuple):
                return tuple(map(self.parse, given))
            return self.parse(given) if isinstance(given, str) else given
        except ValueError:
            raise UsageError(f"{self.flag} cannot be {given!r}; known: {', '.join(self.words)}") from None

    def write(self, value: Any) -> Plain:
        """Return the plain form of a value."""
        if self.render is not None and value is not None:
            return self.render(value)
        if isinstance(value, tuple):
            return list(map(str, value))
        return str(value) if isinstance(value, str) else value


def parse_jobs(text: str) -> int:
    """Return the number; for `auto` what Python takes for threads that mostly wait. Raises UsageError."""
    if text == "auto":
        return min(32, (os.cpu_count() or 1) + 4)
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= _MOST_JOBS):
        raise UsageError(f"--jobs {text}: write a number from 1 to {_MOST_JOBS}, or auto")
    return int(text)


_SWITCH, _FREE = Kind.SWITCH, OnResume.FREE


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The options of a run. None, or an empty list: what the environment has, or everything."""

    selectors: Annotated[
        tuple[str, ...], Option("the selection", kind=Kind.ARGUMENTS, metavar="[ID|GLOB|FILE]...")
    ] = ()
    environment: Annotated[
        str | None, Option("--env", "Environment of contracts.yaml; else its default_environment.", metavar="NAME")
    ] = None
    tags: Annotated[
        tuple[str, ...],
        Option("--tag", "Only scenarios with this tag; may be repeated.", Kind.REPEATED, metavar="T"),
    ] = ()
    excluded_tags: Annotated[
        tuple[str, ...],
        Option("--exclude-tag", "No scenario with this tag; may be repeated.", Kind.REPEATED, metavar="T"),
    ] = ()
    phases: Annotated[
        tuple[Phase, ...],
        Option(
            "--phase",
            f"Only these: {', '.join(Phase)}.",
            Kind.WORDS,
            metavar="P,...",
            words=tuple(Phase),
            parse=Phase,
        ),
    ] = tuple(Phase)
    is_phase_chosen: Annotated[bool, Option(None)] = False  # --phase was given
    property_phases: Annotated[
        tuple[GenerationPhase, ...],
        Option(
            "--properties",
            f"Ways to generate requests: {', '.join(GenerationPhase)}; else the environment's.",
            Kind.WORDS,
            metavar="P,...",
            words=tuple(GenerationPhase),
            parse=GenerationPhase,
        ),
    ] = ()
    jobs: Annotated[
        int | None,
        Option(
            "--jobs",
            "Scenarios at a time, or `auto`: as the cores of this machine allow; else the environment's `jobs`.",
            on_resume=_FREE,
            metavar="N|auto",
            parse=parse_jobs,
        ),
    ] = None
    seed: Annotated[int, Option("--seed", "Recorded; generated data derives from it.", Kind.NUMBER)] = 1
    is_seed_chosen: Annotated[bool, Option(None)] = False  # --seed was given: `${uuid}` derives from it, too
    shard: Annotated[
        tuple[int, int] | None,
        Option(
            "--shard",
            "Only the I-th of N parts of the selection, of equal length by the last complete run of the environment; "
            "`contracts merge` makes one run of all.",
            metavar="I/N",
            parse=parse_shard,
            render=lambda shard: f"{shard[0]}/{shard[1]}",
        ),
    ] = None
    balanced_by: Annotated[str | None, Option(None)] = None  # the run whose durations make the parts of --shard
    is_fail_fast: Annotated[
        bool, Option("--fail-fast", "Start no further scenario after one that failed or errored.", _SWITCH)
    ] = False
    last_failed: Annotated[
        str | None,
        Option(
            "--last-failed",
            f"Only what failed or errored in this run ({RUN}); of generated requests, their operations. Without RUN it "
            f"is `{LAST}`, which has to be written where an ID follows.",
            on_resume=OnResume.REFUSED,
            metavar="[RUN]",
            alone=LAST,
        ),
    ] = None
    chosen: Annotated[tuple[str, ...], Option(None)] = ()  # what --last-failed found: the phase, and the name in it
    baseline: Annotated[
        str | None,
        Option(
            "--baseline",
            f"What was broken in the same way in this run ({RUN}) is told apart; the exit code is decided by the rest.",
            on_resume=OnResume.REFUSED,
            metavar="RUN",
        ),
    ] = None
    is_failed_first: Annotated[
        bool,
        Option(
            "--failed-first",
            "Start those scenarios first that were broken in the last run that looked.",
            _SWITCH,
            _FREE,
        ),
    ] = False
    output: Annotated[
        Path | None,
        Option("--output", "Folder for the run's files; else a new one.", Kind.FOLDER, OnResume.REFUSED),
    ] = None
    formats: Annotated[
        tuple[str, ...],
        Option(
            "--format",
            f"Reports to write: {', '.join(REPORTS)}, json, {GITHUB}; json also prints results.json on stdout, "
            f"{GITHUB} annotations at the lines of contracts, and adds summary.md to the summary of the job.",
            Kind.WORDS,
            _FREE,
            metavar="F,...",
            words=(*REPORTS, "json", GITHUB),
        ),
    ] = REPORTS
    artifacts: Annotated[
        ArtifactForm,
        Option(
            "--artifacts",
            "files: a file for each exchange; packed: all of them in one; failed: a file for what did not pass, the "
            "others in one.",
            Kind.CHOICE,
            words=tuple(map(str, ArtifactForm)),
            parse=ArtifactForm,
        ),
    ] = ArtifactForm.FILES
    language: Annotated[
        Language,
        Option(
            "--lang",
            "Language of the reports and of the summary; messages stay as they are recorded.",
            Kind.CHOICE,
            words=tuple(map(str, Language)),
            parse=Language,
        ),
    ] = Language.ENGLISH
    is_dry_run: Annotated[
        bool,
        Option(
            "--dry-run",
            "Show the requests that would be sent, and what is kept back and why; send and write nothing. What is "
            "known only when a step runs (captures, ${now}, ${uuid}) is shown as its expression; of pages the first, "
            "and of generated requests those that depend on no answer.",
            _SWITCH,
            OnResume.REFUSED,
        ),
    ] = False
    writes: Annotated[
        WritePolicy | None,
        Option(
            "--writes",
            "Instead of the environment's `writes`.",
            Kind.CHOICE,
            words=tuple(map(str, WritePolicy)),
            parse=WritePolicy,
        ),
    ] = None
    resume: Annotated[
        str | None,
        Option(
            "--resume",
            f"Finish this run (its folder, its id, its name under {RUNS}/, or `{LAST}`), which was killed or "
            "interrupted: pending cleanup first, then what had not begun. No finished step is sent again. The other "
            "options are those of the run.",
            on_resume=OnResume.UNRECORDED,
            metavar="RUN",
        ),
    ] = None
    confirmed: Annotated[
        str | None,
        Option(
            "--yes-write-to",
            "Confirms `writes: allow` for the environment NAME, marked `protected`, where there is no terminal to ask "
            "on.",
            on_resume=OnResume.UNRECORDED,
            metavar="NAME",
        ),
    ] = None
    scheduler: Annotated[
        str | None,
        Option(
            "--scheduler",
            "Run scenarios and generate requests on the workers of a Dask cluster, such as tcp://host:8786; each has "
            "the project and its credentials.",
            on_resume=OnResume.UNRECORDED,
            metavar="ADDRESS",
        ),
    ] = None
    is_missing_skipped: Annotated[
        bool, Option("--skip-missing", "Skip what needs a credential that is not set.", _SWITCH)
    ] = False
    is_strict: Annotated[bool, Option("--strict", "Exit with 1 on `fixed` and on warnings, too.", _SWITCH, _FREE)] = (
        False
    )
    is_published: Annotated[
        bool,
        Option(
            "--publish",
            "Write the results to the environment's `publish`, or $CONTRACTS_PUBLISH_DSN.",
            _SWITCH,
            _FREE,
        ),
    ] = False
    is_quiet: Annotated[
        bool,
        Option("-q", "Print what broke and the verdict alone.", _SWITCH, OnResume.UNRECORDED),
    ] = False
    is_verbose: Annotated[
        bool,
        Option(
            "-v",
            "Print a line for each result as it comes, and all causes whole at the end.",
            _SWITCH,
            OnResume.UNRECORDED,
        ),
    ] = False

    @property
    def is_narrowed(self) -> bool:
        """True where not everything is selected."""
        return bool(self.selectors or self.tags or self.chosen)

    def list_chosen(self, phase: Phase) -> tuple[str, ...]:
        """Return the names of what --last-failed has chosen of a phase: of scenarios, operations, checks."""
        pairs = (choice.partition(" ") for choice in self.chosen)
        return tuple(name for word, _, name in pairs if word == phase)

    def chooses(self, phase: Phase, name: str) -> bool:
        """Return whether --last-failed, if it was given, has chosen this of a phase."""
        return not self.chosen or name_choice(phase, name) in self.chosen


def name_choice(phase: Phase, name: str) -> str:
    """Return how `chosen` of the options names what is of a phase."""
    return f"{phase} {name}"


# Name of the field -> its declaration.
OPTIONS: Mapping[str, Option] = {name: hint.__metadata__[0] for name, hint in get_annotations(RunOptions).items()}


def build_options(given: Mapping[str, Given]) -> RunOptions:
    """Return the options of a command line: name -> what it gives. Raises UsageError."""
    values: dict[str, Any] = {name: OPTIONS[name].read(value) for name, value in given.items()}
    if values.get("is_quiet") and values.get("is_verbose"):
        raise UsageError("-q and -v cannot stand together")
    return RunOptions(**values, is_phase_chosen="phases" in given, is_seed_chosen="seed" in given)


def record_options(options: RunOptions) -> dict[str, Plain]:
    """Return the options as the ledger holds them."""
    recorded = (OnResume.SAME, OnResume.FREE)
    return {name: each.write(getattr(options, name)) for name, each in OPTIONS.items() if each.on_resume in recorded}


def recall_options(recorded: Mapping[str, Plain], given: Mapping[str, Given]) -> RunOptions:
    """Return the options of a run that is resumed: those of its ledger, with what may differ as it is `given` now.

    Raises UsageError for a value other than that of the run. An option that the ledger does not have, since it is newer
    than the run, is as it is given.
    """
    options = build_options(given)
    now, values = record_options(options), dict[str, Any]()
    wrong = []
    for name, option in OPTIONS.items():
        match option.on_resume:
            case OnResume.REFUSED if name in given:
                raise UsageError(f"{option.flag} cannot be used with --resume")
            case OnResume.SAME if name in given and now[name] != recorded.get(name, now[name]):
                wrong.append(str(option.flag))
            case OnResume.SAME | OnResume.FREE if name in recorded and name not in given:
                values[name] = option.read(recorded[name])
            case _:  # as it is given
                pass
    if wrong:
        changed = ", ".join(wrong)
        raise UsageError(
            f"--resume: the run was started with other options ({changed}); leave that out, or start a new run"
        )
    return dataclasses.replace(options, **values)
