"""Files below the project that steps send."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from contracts_runner.dataclass import dataclass
from contracts_runner.model.contract import Scenario, Step, StepVariant
from contracts_runner.model.json import Json
from contracts_runner.reading.suggest import find_similar


class FileError(Exception):
    """A file cannot be sent; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class ProjectFiles:
    """The files below a project's folder; None for a project without one. `is_preview`: a name may have expressions
    without a value; it stands for the content then."""

    root: Path | None
    is_preview: bool = False

    def is_placeholder(self, name: str) -> bool:
        """Tell whether the name of a file is not known yet."""
        return self.is_preview and "${" in name

    def read(self, name: str) -> bytes:
        """Return the content of a file, whose path has forward slashes. Raises FileError."""
        if self.is_placeholder(name):
            return name.encode()
        written = PurePosixPath(name.replace("\\", "/"))
        path = (self.root or Path()) / written
        if self.root is None or written.is_absolute() or ".." in written.parts or not self._has(path):
            raise FileError(f"the file '{name}' is outside of the project; write a path below contracts.yaml")
        if not path.is_file():
            hint = suggest_file(self.root, Path(written))
            raise FileError("; ".join(filter(None, (f"there is no file '{name}' below contracts.yaml", hint))))
        try:
            return path.read_bytes()
        except OSError as error:
            raise FileError(f"the file '{name}' cannot be read: {error.strerror or error}") from None

    def _has(self, path: Path) -> bool:
        """Tell whether a path is below the project, links followed."""
        try:
            return self.root is not None and path.resolve().is_relative_to(self.root.resolve())
        except (OSError, ValueError, RuntimeError):
            return False


NO_FILES = ProjectFiles(None)


def suggest_file(root: Path, name: Path) -> str:
    """Return which file of the same folder was likely meant, "" for none."""
    folder = (root / name).parent
    siblings = [each.name for each in folder.iterdir() if each.is_file()] if folder.is_dir() else []
    similar = find_similar(name.name, siblings)
    return f"Did you mean '{name.with_name(similar).as_posix()}'?" if similar else ""


def list_contract_files(folder: Path) -> list[Path]:
    """Return all YAML files below the folder of contracts, in the order of their paths."""
    found = (path for path in folder.rglob("*") if path.suffix in (".yaml", ".yml") and path.is_file())
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def hash_sent_files(root: Path, scenarios: Iterable[Scenario]) -> dict[str, str]:
    """Return the files that steps name, as far as that is known before they run: name -> SHA-256 (hex)."""
    files, found = ProjectFiles(root), dict[str, str]()
    for name in _iter_names(scenarios):
        try:
            found[PurePosixPath(name.replace("\\", "/")).as_posix()] = hashlib.sha256(files.read(name)).hexdigest()
        except FileError:
            continue  # `check` tells it, if it is the name of a file
    return found


def _iter_names(scenarios: Iterable[Scenario]) -> Iterator[str]:
    for scenario in scenarios:
        for step in (*scenario.steps, *scenario.cleanup):
            parts: list[Step | StepVariant] = [step, *step.variants.values(), *([step.probe] if step.probe else [])]
            for part in parts:
                yield from [part.body_file] if part.body_file else ()
                yield from _iter_parts(part.body)


def _iter_parts(value: Json) -> Iterator[str]:
    """Yield what may be the file of a body, or of a part of it."""
    if isinstance(value, Mapping):
        if isinstance(name := value.get("file"), str):
            yield name
        for child in value.values():
            yield from _iter_parts(child)
    for child in value if isinstance(value, list) else ():
        yield from _iter_parts(child)
