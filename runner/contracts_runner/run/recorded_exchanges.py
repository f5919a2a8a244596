"""The exchanges of a run, in files of their own and packed."""

from collections.abc import Iterator
from contextlib import closing

from contracts_runner.audit.files import RunFiles, UnreadableError, read_file
from contracts_runner.audit.packed import PackFiles
from contracts_runner.errors import RunFolderError
from contracts_runner.evidence.artifacts import FOLDER
from contracts_runner.maintenance.coverage.seen_exchanges import SeenExchange, read_exchange
from contracts_runner.run.runs import read_run_file


def iter_exchanges(files: RunFiles) -> Iterator[SeenExchange]:
    """Yield what the artifacts of a run hold. Raises RunFolderError."""
    for name in sorted(files.names):
        if name.startswith(f"{FOLDER}/") and (exchange := read_exchange(read_run_file(files, name))):
            yield exchange
    try:
        with closing(PackFiles(files)) as pack:
            for name in pack.names:
                if exchange := read_exchange(read_file(pack, name)):
                    yield exchange
    except UnreadableError as error:
        raise RunFolderError(f"{files.name}: its packed artifacts cannot be read: {error}") from error
