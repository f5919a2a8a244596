"""Finds the runs that were made: one way to name a run, for every command that takes one.

RUN is a folder that holds a ledger, a run's archive, the id of a run, its name under runs/, or `last`. Runs are looked
for in ./runs and in the project's runs; an archive counts where its folder does not exist.
"""

import os
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

from contracts_runner.audit.files import (
    LIMITS,
    ArchiveFiles,
    FolderFiles,
    Limits,
    RunFiles,
    UnreadableError,
    iter_chunks,
    read_file,
)
from contracts_runner.audit.json_text import count_values, parse_json
from contracts_runner.audit.packed import PackFiles
from contracts_runner.errors import RunFolderError, UsageError, explain_errors
from contracts_runner.evidence.artifacts import IN_PACK
from contracts_runner.evidence.files import open_file
from contracts_runner.evidence.folder import LEDGER
from contracts_runner.evidence.ledger import MAX_LINE_BYTES
from contracts_runner.evidence.lock import check_idle
from contracts_runner.project.files import list_contract_files
from contracts_runner.project.root import find_root
from contracts_runner.project.settings.settings import Settings, load_settings
from contracts_runner.results.lines import MisfitError, parse_results
from contracts_runner.results.results import Results
from contracts_runner.run.options import LAST, RUN, RUNS

_ARCHIVE = ".zip"
_TIME = re.compile(r"\d{8}T\d{6}")
_SHOWN = 3


def find_run(name: str, settings: Settings | None, *, environment: str | None = None) -> Path:
    """Return the folder or archive of a run. `last` is the newest run of the environment, else of the default one, else
    of all.

    `settings` are those of the project, if there is one. Raises RunFolderError for a name that no run has, or several,
    and for a run in progress.
    """
    run = _find_named(name, settings, environment)
    if run.is_dir():
        check_idle(run / LEDGER)
    return run


def _find_named(name: str, settings: Settings | None, environment: str | None) -> Path:
    path = Path(name)
    if _is_run(path):
        return path
    if name == LAST:
        return _find_last(iter_own_runs(settings), environment or (settings.default_environment if settings else None))
    runs = list_runs(settings)
    if _exists(path):
        raise RunFolderError(f"{name} is not a run, since it has no {LEDGER}; a run is named by {RUN}")
    found = [run for run in runs if name in (run.name, _name(run)) or _has_id(run, name)]
    if not found:
        latest = ", ".join(_name(run) for run in runs[:_SHOWN]) or "none"
        raise RunFolderError(f"there is no run '{name}', neither as a path nor in {RUNS} (the latest: {latest})")
    if len(found) > 1:
        raise RunFolderError(f"'{name}' names several runs: {', '.join(map(str, found))}; name one of them")
    return found[0]


def find_settings(project: Path | None) -> Settings | None:
    """Return the settings of the project; None if there is none that can be read: what reads runs does not need one.

    Raises UsageError for a `--project` that names none.
    """
    try:
        root = find_root(project, os.environ, Path.cwd())
    except UsageError:
        if project is not None:
            raise
        return None
    settings, _ = load_settings(root)
    return settings


def list_runs(settings: Settings | None, *more: Path) -> list[Path]:
    """Return the runs of ./runs, of the project's runs, and of `more` folders, the newest first."""
    places = [RUNS, *([settings.root / RUNS] if settings else []), *more]
    found = {run.resolve(): run for place in reversed(places) for run in _iter_runs(place)}
    times = {run: _find_time(run) for run in found.values()}
    seconds = Counter(times.values())

    def find_place(run: Path) -> tuple[str, str, str]:
        # Names have whole seconds: of two runs in one, the ledger knows which was first.
        began = str(read_head(run).get("started_at", "")) if seconds[times[run]] > 1 else ""
        return times[run], began, run.name

    return sorted(times, key=find_place, reverse=True)


def iter_own_runs(settings: Settings | None) -> Iterator[Path]:
    """Yield the runs of list_runs that are of this project, the newest first: two projects may keep their runs in one
    folder, and have environments and ids of the same names."""
    own = _list_names(settings) if settings else frozenset()
    for run in list_runs(settings):
        if settings is None or is_own(read_head(run), own):
            yield run


def is_own(head: Mapping[str, object], files: Collection[str]) -> bool:
    """Tell whether a run, of which `head` is the first line, has read some of these files; one that names none may
    have."""
    read = head.get("files")
    return not isinstance(read, Mapping) or not read.keys().isdisjoint(files)


def _list_names(settings: Settings) -> frozenset[str]:
    """Return the names of the documents and contract files of a project."""
    documents = (path for spec in settings.specs.values() for path in (spec.path, *spec.overlays))
    paths = [*documents, *list_contract_files(settings.contracts)]
    return frozenset(path.relative_to(settings.root).as_posix() for path in paths)


@contextmanager
def open_run(run: Path, limits: Limits = LIMITS) -> Iterator[RunFiles]:
    """Give the files of a run, in its folder or its archive. Raises RunFolderError for an archive that is broken."""
    if run.is_dir():
        yield FolderFiles(run, limits)
        return
    try:
        files = ArchiveFiles(run, limits)
    except UnreadableError as error:
        raise RunFolderError(f"{run} is {error}") from error
    try:
        yield files
    finally:
        files.close()


def read_run_file(files: RunFiles, name: str) -> bytes:
    """Return a file of a run, or an artifact in its pack, never what is outside of it. Raises RunFolderError."""
    if name.startswith(IN_PACK):
        return _read_packed(files, name)
    if name not in files.names:
        raise _build_missing(files.name, name)
    try:
        content = read_file(files, name)
    except UnreadableError as error:
        raise RunFolderError(f"{files.name}: {name} {error}") from error
    # Each may take many times its text.
    if count_values(content) > files.limits.values:
        raise RunFolderError(f"{files.name}: {name} holds more than {files.limits.values} values")
    return content


def _build_missing(run: object, name: str) -> RunFolderError:
    hint = "; `contracts report` writes it" if name == "results.json" else ""
    return RunFolderError(f"{run} has no file {name}{hint}")


def _read_packed(files: RunFiles, name: str) -> bytes:
    try:
        with closing(PackFiles(files)) as pack:
            return read_file(pack, name)
    except UnreadableError as error:
        raise RunFolderError(f"{files.name}: {name} {error}") from error


def read_results(run: Path) -> Results:
    """Return results.json of a run. Raises RunFolderError."""
    with open_run(run) as files:
        try:
            return parse_results(read_run_file(files, "results.json"))
        except MisfitError as error:
            raise RunFolderError(f"{run}: results.json cannot be read: {error}") from error


def explain_left_out(run: Path, error: RunFolderError | MisfitError, *, what: str = "") -> str:
    """Return that a run is left out (of `what`), and why: its name once."""
    why = str(error).removeprefix(f"{run}: ")
    return f"{run} is left out{what}: {why.replace(f'{run} has', 'it has', 1)}"


def unpack_run(archive: Path) -> Path:
    """Unpack an archive into the folder of its name beside it, and return that.

    Raises RunFolderError where something of that name exists, or where the archive holds what no run holds.
    """
    folder = archive.with_suffix("")
    if folder.exists():
        raise RunFolderError(f"{archive} would be unpacked into {folder}, which exists already: name that, or move it")
    with open_run(archive) as files:
        for name, oddity in files.oddities.items():
            raise RunFolderError(f"{archive} is not the archive of a run: {name} is {oddity}")
        if LEDGER not in files.names:
            raise RunFolderError(f"{archive} is not the archive of a run, since it has no {LEDGER}")
        with explain_errors("write", folder), TemporaryDirectory(dir=folder.parent) as temporary:
            unpacked = Path(temporary, folder.name)
            for name in files.names:
                (unpacked / name).parent.mkdir(parents=True, exist_ok=True)
                copy_file(files, name, unpacked / name)
            unpacked.rename(folder)
    return folder


def copy_ledger(archive: Path, folder: Path) -> Path:
    """Copy the ledger out of an archive into a folder, and return the folder. Raises RunFolderError."""
    with open_run(archive) as files:
        if LEDGER not in files.names:
            raise RunFolderError(f"{archive} is not the archive of a run, since it has no {LEDGER}")
        copy_file(files, LEDGER, folder / LEDGER)
    return folder


def copy_file(files: RunFiles, name: str, target: Path) -> None:
    """Write a file of a run elsewhere. Raises RunFolderError."""
    try:
        with target.open("wb") as file:
            file.writelines(iter_chunks(files, name))
    except UnreadableError as error:
        raise RunFolderError(f"{files.name}: {name} {error}") from error


def read_environment(run: Path) -> str:
    """Return the environment of a run, "" if its ledger cannot be read."""
    return str(read_head(run).get("environment", ""))


def _find_last(runs: Iterable[Path], environment: str | None) -> Path:
    for run in runs:
        if environment is None or read_environment(run) == environment:
            return run
    of_environment = f" of the environment '{environment}'" if environment else ""
    raise RunFolderError(f"there is no run{of_environment} in {RUNS} yet")


def _iter_runs(place: Path) -> Iterator[Path]:
    with explain_errors("read", place):
        paths = [*place.iterdir()] if place.is_dir() else []
    for path in paths:
        if _is_run(path) and (path.is_dir() or not _is_run(path.with_suffix(""))):
            yield path


def _is_run(path: Path) -> bool:
    return _exists(path) and ((path / LEDGER).is_file() or (path.is_file() and path.suffix == _ARCHIVE))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False  # too long for a file name, a null character, a half surrogate


def _name(run: Path) -> str:
    return run.name.removesuffix(_ARCHIVE)


def _find_time(run: Path) -> str:
    """Return when a run began, as the names of runs have it; for a folder with another name, the ledger has it."""
    named = _TIME.match(run.name)
    return named.group() if named else re.sub("[-:]", "", str(read_head(run).get("started_at", "")))[:15]


def _has_id(run: Path, run_id: str) -> bool:
    # The name of a run holds the id; only for another name the ledger must be opened.
    return (run_id in run.name or not _TIME.match(run.name)) and read_head(run).get("id") == run_id


def read_head(run: Path) -> Mapping[str, Any]:
    """Return what the first line of the ledger says of the run, with `started_at`; {} if it cannot be read."""
    try:
        with open_part(run, LEDGER) as ledger:
            row = parse_json(ledger.readline(MAX_LINE_BYTES))
        return {**row["run"], "started_at": row["at"]}
    except (RunFolderError, UnreadableError, LookupError, TypeError):
        return {}


@contextmanager
def open_part(run: Path, name: str) -> Iterator[IO[bytes]]:
    """Give one file of a run's folder or archive, without a look at the thousands of artifacts next to it. What breaks
    while it is read is a RunFolderError, too."""
    try:
        if run.is_dir():
            with open_file(run / name) as file:
                yield file
        else:
            with open_run(run) as files, files.open(name) as file:
                yield file
    except (FileNotFoundError, KeyError) as error:
        raise _build_missing(run, name) from error
    except (OSError, EOFError, UnreadableError, zipfile.BadZipFile, zlib.error) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise RunFolderError(f"{run}: {name} cannot be read: {why}") from error
