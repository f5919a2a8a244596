"""The artifacts that stand in one file of a run, a line each."""

import io
import json
import re
import tempfile
from typing import IO

from contracts_runner.audit.files import RunFiles, TooLargeError, UnreadableError, iter_chunks
from contracts_runner.evidence.artifacts import IN_PACK, PACK

_BEGINNING = re.compile(rb'\{"artifact":("(?:[^"\\]|\\.)*"),"content":')
_END = b"}\n"


class PackFiles(RunFiles):
    """The artifacts in the pack of a run, by the names that the ledger has for them; none where it has no pack. Raises
    UnreadableError for a pack that cannot be read."""

    def __init__(self, files: RunFiles) -> None:
        super().__init__(files.name, files.limits)
        self._places: dict[str, tuple[int, int]] = {}
        self._file: IO[bytes] = io.BytesIO()
        if PACK in files.names:
            # In an archive nothing can be found without unpacking all that is before it.
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
            try:
                self._file.writelines(iter_chunks(files, PACK))
                self._read_places()
            except BaseException:
                self._file.close()
                raise
        self.names = tuple(sorted(self._places))

    def measure(self, name: str) -> int:
        if name not in self._places:
            raise UnreadableError("is not there")
        return self._places[name][1]

    def open(self, name: str) -> IO[bytes]:
        place, size = self._places[name]
        self._file.seek(place)
        return io.BytesIO(self._file.read(size))

    def close(self) -> None:
        self._file.close()

    def _read_places(self) -> None:
        """Note where each artifact stands. The last line may be torn; where a name comes again, the later counts."""
        self._file.seek(0)
        number = place = 0
        while (line := self._file.readline(self.limits.file_bytes)).endswith(b"\n"):
            number += 1
            beginning = _BEGINNING.match(line)
            if beginning is None or not line.endswith(_END):
                self.oddities[f"line {number}"] = "no artifact"
            else:
                size = len(line) - beginning.end() - len(_END)
                try:
                    self._take(size)
                except TooLargeError as error:
                    self.oddities[f"line {number}"] = str(error)
                    return
                self._places[IN_PACK + str(json.loads(beginning[1]))] = place + beginning.end(), size
            place += len(line)
