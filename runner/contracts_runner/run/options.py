"""The options of `contracts run`, each declared once: how the command line names it, what a resumed run makes of it,
and how the ledger holds it.

A value has a plain form, which the command line gives and `run_started.run.options` of the ledger holds: a text, a
number, a boolean or a list of texts. `read` makes the field's value of it; `write` is the way back.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Any

from contracts_runner.engine.selection import parse_shard
from contracts_runner.errors import UsageError
from contracts_runner.model.environment import WritePolicy
from contracts_runner.model.json import Json
from contracts_runner.model.phase import PHASES
from contracts_runner.project.settings.property_form import PHASES as PROPERTY_PHASES
from contracts_runner.reporting.formats import REPORTS
from contracts_runner.run.runs import LAST, RUNS

_OPTION = "option"


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

    SAME = auto()  # recorded; where it is given again, it must say the same
    FREE = auto()  # recorded; where it is given again, that holds
    UNRECORDED = auto()  # holds for one process only
    REFUSED = auto()  # not recorded, and wrong use beside --resume


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option. `flag` is how the command line spells it, for the arguments what messages call them, None for what
    another option says. `words` are the choices; `bounds` the least and the greatest number."""

    flag: str | None
    help: str = ""
    kind: Kind
    on_resume: OnResume
    metavar: str | None = None
    words: tuple[str, ...] = ()
    bounds: tuple[int, int] | None = None
    read: Callable[[Any], Any]
    write: Callable[[Any], Json]

    @property
    def is_recorded(self) -> bool:
        """True if the ledger holds it."""
        return self.on_resume in (OnResume.SAME, OnResume.FREE)


def _declare(
    flag: str | None,
    help: str = "",
    *,
    kind: Kind = Kind.TEXT,
    on_resume: OnResume = OnResume.SAME,
    read: Callable[[Any], Any] | None = None,
    write: Callable[[Any], Json] | None = None,
    **shape: Any,
) -> Mapping[str, Option]:
    """Return the metadata of a field; lists become tuples where nothing else is said."""
    is_list = kind in (Kind.WORDS, Kind.REPEATED, Kind.ARGUMENTS)
    read, write = read or (tuple if is_list else _keep), write or (list if is_list else _keep)
    return {_OPTION: Option(flag=flag, help=help, kind=kind, on_resume=on_resume, read=read, write=write, **shape)}


def _keep(value: Any) -> Any:
    return value


def _write_shard(shard: tuple[int, int]) -> str:
    return f"{shard[0]}/{shard[1]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What a run was told. None, or nothing in a list: what the environment says, or everything."""

    selectors: tuple[str, ...] = field(
        default=(), metadata=_declare("the selection", kind=Kind.ARGUMENTS, metavar="[ID|GLOB|FILE]...")
    )
    environment: str | None = field(
        default=None,
        metadata=_declare("--env", "Environment of contracts.yaml; else its default_environment.", metavar="NAME"),
    )
    tags: tuple[str, ...] = field(
        default=(),
        metadata=_declare("--tag", "Only scenarios with this tag; may be repeated.", kind=Kind.REPEATED, metavar="T"),
    )
    phases: tuple[str, ...] = field(
        default=PHASES,
        metadata=_declare(
            "--phase", f"Only these: {', '.join(PHASES)}.", kind=Kind.WORDS, words=PHASES, metavar="P,..."
        ),
    )
    is_phase_chosen: bool = field(default=False, metadata=_declare(None, kind=Kind.SWITCH))  # --phase was given
    property_phases: tuple[str, ...] = field(
        default=(),
        metadata=_declare(
            "--properties",
            f"Ways to generate requests: {', '.join(PROPERTY_PHASES)}; else the environment's.",
            kind=Kind.WORDS,
            words=PROPERTY_PHASES,
            metavar="P,...",
        ),
    )
    jobs: int | None = field(
        default=None,
        metadata=_declare(
            "--jobs",
            "Scenarios at a time; else the environment's `jobs`.",
            kind=Kind.NUMBER,
            bounds=(1, 256),
            on_resume=OnResume.FREE,
        ),
    )
    seed: int = field(
        default=1, metadata=_declare("--seed", "Recorded; generated data derives from it.", kind=Kind.NUMBER)
    )
    shard: tuple[int, int] | None = field(
        default=None,
        metadata=_declare(
            "--shard", "Only the I-th of N parts of the selection.", metavar="I/N", read=parse_shard, write=_write_shard
        ),
    )
    is_fail_fast: bool = field(
        default=False,
        metadata=_declare(
            "--fail-fast", "Start no further scenario after one that failed or errored.", kind=Kind.SWITCH
        ),
    )
    output: Path | None = field(
        default=None,
        metadata=_declare(
            "--output", "Folder for the run's files; else a new one.", kind=Kind.FOLDER, on_resume=OnResume.REFUSED
        ),
    )
    formats: tuple[str, ...] = field(
        default=REPORTS,
        metadata=_declare(
            "--format",
            f"Reports to write: {', '.join(REPORTS)}, json; json also prints results.json on stdout.",
            kind=Kind.WORDS,
            words=(*REPORTS, "json"),
            metavar="F,...",
            on_resume=OnResume.FREE,
        ),
    )
    is_dry_run: bool = field(
        default=False,
        metadata=_declare(
            "--dry-run",
            "Show what would be sent; send and write nothing.",
            kind=Kind.SWITCH,
            on_resume=OnResume.REFUSED,
        ),
    )
    writes: WritePolicy | None = field(
        default=None,
        metadata=_declare(
            "--writes",
            "Instead of the environment's `writes`.",
            kind=Kind.CHOICE,
            words=tuple(map(str, WritePolicy)),
            read=WritePolicy,
            write=str,
        ),
    )
    resume: str | None = field(
        default=None,
        metadata=_declare(
            "--resume",
            f"Finish this run (its folder, its id, its name under {RUNS}/, or `{LAST}`), which was killed or "
            "interrupted: pending cleanup first, then what had not begun. No finished step is sent again. The other "
            "options are those of the run.",
            metavar="RUN",
            on_resume=OnResume.UNRECORDED,
        ),
    )
    confirmed: str | None = field(
        default=None,
        metadata=_declare(
            "--yes-write-to",
            "Confirms `writes: allow` for the environment NAME, marked `protected`, where there is no terminal to ask "
            "on.",
            metavar="NAME",
            on_resume=OnResume.UNRECORDED,
        ),
    )
    is_missing_skipped: bool = field(
        default=False,
        metadata=_declare("--skip-missing", "Skip what needs a credential that is not set.", kind=Kind.SWITCH),
    )
    is_strict: bool = field(
        default=False,
        metadata=_declare("--strict", "Exit with 1 on `fixed` too.", kind=Kind.SWITCH, on_resume=OnResume.FREE),
    )
    is_published: bool = field(
        default=False,
        metadata=_declare(
            "--publish",
            "Write the results to the environment's `publish`, or $CONTRACTS_PUBLISH_DSN.",
            kind=Kind.SWITCH,
            on_resume=OnResume.FREE,
        ),
    )


# Name of the field -> its declaration.
OPTIONS: Mapping[str, Option] = {each.name: each.metadata[_OPTION] for each in dataclasses.fields(RunOptions)}


def build_options(given: Mapping[str, object]) -> RunOptions:
    """Return the options of a command line: name -> plain form of those that were given. Raises UsageError."""
    values: dict[str, Any] = {name: OPTIONS[name].read(value) for name, value in given.items()}
    return RunOptions(**values, is_phase_chosen="phases" in given)


def record_options(options: RunOptions) -> dict[str, Json]:
    """Return the options as the ledger holds them."""
    return {name: _write(option, getattr(options, name)) for name, option in OPTIONS.items() if option.is_recorded}


def recall_options(recorded: Mapping[str, Json], given: Mapping[str, object]) -> RunOptions:
    """Return the options of a run that is resumed: those of its ledger, with what may differ as it is `given` now.

    Raises UsageError for what says something else than the run was told. An option that the ledger does not have, since
    it is newer than the run, is as it is given.
    """
    told = build_options(given)
    said = record_options(told)
    for name in given:
        if OPTIONS[name].on_resume is OnResume.REFUSED:
            raise UsageError(f"{OPTIONS[name].flag} cannot stand beside --resume")
    again = [name for name in said if name in given and name in recorded]
    wrong = [name for name in again if OPTIONS[name].on_resume is OnResume.SAME and said[name] != recorded[name]]
    if wrong:
        labels = ", ".join(str(OPTIONS[name].flag) for name in wrong)
        raise UsageError(f"--resume: the run was started otherwise ({labels}); leave that out, or start a new run")
    kept = [
        name for name in said if name in recorded and not (name in given and OPTIONS[name].on_resume is OnResume.FREE)
    ]
    values: dict[str, Any] = {name: _read(OPTIONS[name], recorded[name]) for name in kept}
    return dataclasses.replace(told, **values)


def _read(option: Option, plain: Json) -> object:
    return None if plain is None else option.read(plain)


def _write(option: Option, value: object) -> Json:
    return None if value is None else option.write(value)
