"""Finds the files that a request of another tool sends, where they are below the project: a step can name those."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from contracts_runner.dataclass import dataclass
from contracts_runner.engine.media_types import BodyKind, find_body_kind, find_media_type
from contracts_runner.maintenance.importing.foreign_requests import ForeignPart, ForeignRequest
from contracts_runner.maintenance.importing.sent_values import UnreadableValueError, read_json
from contracts_runner.model.http import JSON
from contracts_runner.model.spec import Operation
from contracts_runner.project.files import FileError, ProjectFiles

_MOST_BYTES = 4 << 20
# What curl calls a file whose type it is not told.
_TYPES = {
    "gif": "image/gif",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain",
    "htm": "text/html",
    "html": "text/html",
    "pdf": "application/pdf",
    "xml": "application/xml",
}


@dataclass(frozen=True, slots=True)
class FilesAtHand:
    """The files below a project; paths are relative to one of `folders`."""

    files: ProjectFiles
    folders: tuple[Path, ...] = ()

    @classmethod
    def build(cls, root: Path, sources: Iterable[str]) -> "FilesAtHand":
        """Return those that files of other tools, at these paths, may name."""
        folders = dict.fromkeys([Path.cwd(), *(Path(source).absolute().parent for source in sources), root])
        return cls(ProjectFiles(root), tuple(folders))

    def attach(self, request: ForeignRequest, operation: Operation) -> ForeignRequest:
        """Return the request with the files that are there: of a body, or of parts, that a step can say so."""
        if request.parts is not None:
            return replace(request, parts=tuple(map(self._attach_part, request.parts)))
        found = self._find(request.body_path) if request.body_path else None
        if found is None:
            return request
        name, content = found
        sent = content.translate(None, b"\r\n\0") if request.is_file_stripped else content
        media_type = request.find_header("content-type")
        declared = operation.body.schemas if operation.body else {}
        if request.is_type_guessed and find_media_type(declared, JSON) and _is_json(sent):
            media_type = JSON
        match find_body_kind(media_type):
            case BodyKind.JSON:
                is_same = _is_json(sent) and b"${" not in content
            case BodyKind.TEXT:
                is_same = sent == content and b"${" not in content
            case BodyKind.BYTES:
                is_same = sent == content
            case _:
                is_same = False
        return replace(request, body=sent, body_path="", body_file=name) if is_same else request

    def _attach_part(self, part: ForeignPart) -> ForeignPart:
        found = self._find(part.path) if part.path and part.filename is not None else None
        if found is None:
            return part
        suffix = PurePosixPath(found[0]).suffix[1:].lower()
        media_type = part.media_type or _TYPES.get(suffix, "application/octet-stream")
        return replace(part, path="", file=found[0], content=found[1], media_type=media_type)

    def _find(self, path: str) -> tuple[str, bytes] | None:
        """Return the name of a file below the project, and its content."""
        root = self.files.root
        for folder in self.folders:
            place = folder / path.replace("\\", "/")
            if root is None or not place.is_file() or place.stat().st_size > _MOST_BYTES:
                continue
            try:
                name = place.resolve().relative_to(root.resolve()).as_posix()
                return name, self.files.read(name)
            except (FileError, ValueError):
                continue
        return None


NOTHING_AT_HAND = FilesAtHand(ProjectFiles(None))


def _is_json(content: bytes) -> bool:
    try:
        read_json(content.decode("utf-8"))
    except (UnicodeError, UnreadableValueError):
        return False
    return True
