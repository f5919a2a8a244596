"""Checks a project whenever a file of it changes, for editors: first the files that have changed, then everything."""

import itertools
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from contracts_runner.evidence.folder import LEDGER
from contracts_runner.maintenance.lint.report import CheckReport
from contracts_runner.maintenance.reference.project_schema import FOLDER
from contracts_runner.project.kept import KeptFiles

# In so many milliseconds changes are taken together; for so long nothing may change before everything is checked.
_STEP, _QUIET = 30, 700

# (what was read before, the contract files to look at alone, none for the whole project) -> what is wrong.
Check = Callable[[KeptFiles, Collection[str]], CheckReport]
Show = Callable[[CheckReport, KeptFiles], None]


def watch_check(check: Check, show: Show, changes: Iterable[Collection[str]]) -> CheckReport:
    """Check now, and after each change; return what was found last, once there are no more changes.

    `changes` are names of files of the project that have changed, none where nothing has for a while.
    """
    kept = KeptFiles()
    report = check(kept, ())
    show(report, kept)
    is_settled = False  # what has changed before it was watched
    for names in changes:
        earlier = report
        if names and earlier.contracts.issuperset(names):
            report = earlier.replace_files(names, check(kept, names))
            is_settled = False
        elif names or not is_settled:
            kept.forget()
            report = check(kept, ())
            is_settled = True
        if names or report != earlier:
            show(report, kept)
    return report


def iter_changes(root: Path) -> Iterator[frozenset[str]]:
    """Yield the names of files of a project whenever some have changed, and none when nothing has for a while."""
    import watchfiles

    root, ignored = root.resolve(), watchfiles.DefaultFilter()

    def is_ours(change: watchfiles.Change, path: str) -> bool:
        folders = itertools.takewhile(lambda each: each != root, Path(path).parents)
        return ignored(change, path) and not any(each == root / FOLDER or (each / LEDGER).exists() for each in folders)

    found = watchfiles.watch(root, watch_filter=is_ours, step=_STEP, rust_timeout=_QUIET, yield_on_timeout=True)
    for changes in found:
        yield frozenset(Path(path).relative_to(root).as_posix() for _, path in changes)
