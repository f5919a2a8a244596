"""The runs that are parts of one: opened if they hold, and refused in words if they do not belong together."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from contracts_runner.audit.files import NO_LIMITS, RunFiles
from contracts_runner.audit.results_json import NAME as RESULTS
from contracts_runner.dataclass import dataclass
from contracts_runner.errors import RunFolderError, UsageError
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.evidence.manifest import MANIFEST
from contracts_runner.model.json import Json
from contracts_runner.results.events import RunStarted
from contracts_runner.results.lines import MisfitError, parse_event, parse_results
from contracts_runner.results.results import Results
from contracts_runner.results.rows import ShardRow
from contracts_runner.run.options import OPTIONS, OnResume
from contracts_runner.run.report import check_holding
from contracts_runner.run.resume import compare_files
from contracts_runner.run.runs import open_run, read_run_file

# What the parts of one run have in common, in words.
_COMMON = {
    "environment": "the environment",
    "seed": "the seed",
    "tool_version": "the version of contracts",
    "spec_sha256": "the spec",
    "variables_sha256": "the variables of the environment",
    "writes": "`writes`",
    "redaction": "`redaction`",
    "phases": "the phases",
}
_OWN = {"shard", *(name for name, option in OPTIONS.items() if option.on_resume is OnResume.FREE)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """A part that ended, and holds."""

    path: Path
    shard: ShardRow
    started: RunStarted
    results: Results

    @property
    def index(self) -> int:
        return int(self.shard.part.partition("/")[0])

    @property
    def options(self) -> dict[str, Json]:
        """The options that all parts must have alike."""
        options = self.started.run.options or {}
        return {name: value for name, value in options.items() if name not in _OWN}

    @property
    def selected(self) -> int:
        """How many scenarios there were to select from."""
        return self.started.deselected + len(self.started.scenarios)

    def __str__(self) -> str:
        return f"shard {self.shard.part} ({self.path})"


def open_shard(run: Path, project: Path | None) -> Shard:
    """Return the part in a folder or archive. Raises UsageError and RunFolderError for what is none, did not end or
    does not hold."""
    check_holding(run, project, NO_LIMITS)
    with open_run(run, NO_LIMITS) as files:
        try:
            started = parse_event(next(iter_lines(files)), "run_started")
            results = parse_results(read_run_file(files, RESULTS)) if MANIFEST in files.names else None
        except MisfitError as error:
            raise RunFolderError(f"{run} cannot be read: {error}") from error
    assert isinstance(started, RunStarted)
    if not started.run.shard:
        raise UsageError(f"{run} is no part of a run: it was not run with --shard")
    if results is None or not results.run.complete:
        part = started.run.shard.part
        raise UsageError(f"shard {part} ({run}) did not end; `contracts run --resume {run}` finishes it")
    return Shard(path=run, shard=started.run.shard, started=started, results=results)


def check_whole(shards: Sequence[Shard]) -> None:
    """Raise UsageError where a part is missing, or there twice."""
    known: dict[str, Shard] = {}
    for shard in shards:
        if other := known.get(shard.shard.part):
            raise UsageError(f"shard {shard.shard.part} is there twice: {other.path} and {shard.path}; leave one out")
        known[shard.shard.part] = shard
    count = shards[0].shard.part.partition("/")[2]
    if odd := next((shard for shard in shards if not shard.shard.part.endswith(f"/{count}")), None):
        raise UsageError(f"{shards[0]} and {odd} are not of one run: they are of so many parts each")
    missing = [part for index in range(1, int(count) + 1) if (part := f"{index}/{count}") not in known]
    if missing:
        raise UsageError(f"missing: shard {', '.join(missing)}; `contracts run --shard {missing[0]}` runs it")


def check_alike(first: Shard, other: Shard) -> None:
    """Raise UsageError for parts of different things."""
    run, differing = first.started.run, other.started.run
    found = [words for name, words in _COMMON.items() if getattr(run, name) != getattr(differing, name)]
    if not (run.simulated and differing.simulated) and run.base_url != differing.base_url:
        found.append("the base URL")
    found += compare_files(run.files or {}, differing.files or {})
    if first.options != other.options:
        names = [name for name in OPTIONS if first.options.get(name) != other.options.get(name)]
        found += filter(None, (_describe_option(name) for name in names))
    if not found and (first.shard.split != other.shard.split or first.selected != other.selected):
        found.append("what the parts were made by")
    if found:
        raise UsageError(
            f"{first} and {other} are not of one run, since these differ: {', '.join(found)}; run both again with the "
            "same project and options, and with the same earlier run, or none, in runs/"
        )


def _describe_option(name: str) -> str | None:
    return "the earlier run that they are balanced by" if name == "balanced_by" else OPTIONS[name].flag


def iter_lines(files: RunFiles) -> Iterator[bytes]:
    """Yield the lines of the ledger, with their ends."""
    with files.reading(LEDGER) as file:
        yield from file
