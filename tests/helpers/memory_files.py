"""The files of a run in memory, for audits of many runs."""

import io


class MemoryFiles:
    """What `audit_files` takes: name -> content."""

    def __init__(self, contents: dict[str, bytes]) -> None:
        self.name = "out"
        self.contents = contents
        self.names = tuple(sorted(contents))
        self.oddities: dict[str, str] = {}

    def measure(self, name: str) -> int:
        return len(self.contents[name])

    def open(self, name: str) -> io.BytesIO:
        return io.BytesIO(self.contents[name])
