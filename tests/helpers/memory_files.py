"""The files of a run in memory, for audits of many runs."""

import io

from contracts_runner.audit.files import LIMITS, Limits, RunFiles


class MemoryFiles(RunFiles):
    """What `audit_files` takes: name -> content."""

    def __init__(self, contents: dict[str, bytes], limits: Limits = LIMITS) -> None:
        super().__init__("out", limits)
        self.contents = contents
        self.names = tuple(sorted(contents))

    def measure(self, name: str) -> int:
        return len(self.contents[name])

    def open(self, name: str) -> io.BytesIO:
        return io.BytesIO(self.contents[name])
