"""Publishes a run, and before it those that an earlier one of the environment could not, since the server was lost.

Such a run is marked by a file beside its folder, `<folder>.unpublished`, which names the environment. What is published
is its results.json, from the folder or the archive.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from pathlib import Path

from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.files import read_file, write_whole
from contracts_runner.faults import guard
from contracts_runner.model.environment import PublishSettings
from contracts_runner.model.nouns import count_noun
from contracts_runner.results.lines import MisfitError, parse_results
from contracts_runner.results.results import Results
from contracts_runner.run.runs import open_run, read_run_file

SUFFIX = ".unpublished"
# A server that comes back after days gets no more of them with one run.
_MOST = 500


def publish_run(
    settings: PublishSettings, folder: Path, environment: str, redact: Callable[[str], str]
) -> tuple[list[str], str]:
    """Publish results.json of the run in `folder`; returns what to print about it and those before it, and why it
    failed, "" if it did not.

    `redact` is for the message of a server that refuses.
    """
    if settings.target.dsn is None:
        return [f"not published: ${settings.target.missing} is not set"], ""
    notes = list(_publish_earlier(settings, folder, environment, redact))
    is_new = guard(partial(_publish, settings, lambda: parse_results((folder / "results.json").read_bytes())), str)
    mark = name_mark(folder)
    if isinstance(is_new, str):
        write_whole(mark, environment.encode())
        kept = f"the next run of {environment} that publishes sends it ({mark})"
        return [*notes, f"not published: {redact(is_new)}; {kept}"], is_new
    mark.unlink(missing_ok=True)
    return [*notes, "published" if is_new else "published before: nothing to write"], ""


def name_mark(folder: Path) -> Path:
    """Return the file that marks a run as not published."""
    folder = folder.resolve()
    return folder.with_name(folder.name + SUFFIX)


def _publish_earlier(
    settings: PublishSettings, folder: Path, environment: str, redact: Callable[[str], str]
) -> Iterator[str]:
    """Publish marked runs, the oldest first, until one cannot be; yields what to print."""
    own, count = name_mark(folder), 0
    marks = (mark for mark in sorted(own.parent.glob(f"*{SUFFIX}")) if mark != own and _is_of(mark, environment))
    for mark in islice(marks, _MOST):
        run = mark.with_suffix("")
        try:
            is_new = guard(partial(_publish, settings, partial(_read_results, run)), str, raised=(MisfitError,))
        except (RunFolderError, MisfitError) as error:
            yield f"{run.name} is not published any more: {redact(str(error))}"
            mark.unlink(missing_ok=True)
            continue
        if isinstance(is_new, str):
            yield f"{run.name} is not published yet: {redact(is_new)}"
            break
        mark.unlink(missing_ok=True)
        count += 1
    if count:
        yield f"published {count_noun(count, 'earlier run')}"


def _is_of(mark: Path, environment: str) -> bool:
    try:
        return read_file(mark) == environment.encode()
    except OSError:
        return False


def _read_results(run: Path) -> Results:
    with open_run(run if run.is_dir() else run.with_name(f"{run.name}.zip")) as files:
        return parse_results(read_run_file(files, "results.json"))


def _publish(settings: PublishSettings, read: Callable[[], Results]) -> bool | str:
    """Return whether there was something to write, or why it could not be written."""
    from contracts_runner.warehouse.errors import WarehouseQueryError, WarehouseUnavailable
    from contracts_runner.warehouse.publishing import publish_results

    try:
        return publish_results(read(), settings, now=datetime.now(UTC))
    except (WarehouseQueryError, WarehouseUnavailable) as problem:
        return str(problem)
