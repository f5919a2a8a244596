"""Splits a `$ref` and finds the file that it means, within the project."""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from contracts_runner.reading.suggest import suggest

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_FILE_LIKE = re.compile(r"[#/]|\.(?:ya?ml|json)$", re.IGNORECASE)


class ReferenceMistake(Exception):
    """A reference that cannot be followed: `message` says why, `hint` what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Reference:
    """The two halves of a `$ref`: a relative file ("" for the same one) and a fragment without its `#`."""

    file: str
    fragment: str


def split_reference(text: str) -> Reference:
    """Return the halves, percent-decoded; raises ReferenceMistake for what is not a file of the project."""
    if is_remote(text):
        hint = "keep a copy of the document in the project and refer to that file"
        raise ReferenceMistake(f"the reference '{text}' leads out to the network; only files are read", hint)
    file, _, fragment = text.partition("#")
    return Reference(unquote(file), unquote(fragment))


def is_remote(text: str) -> bool:
    """Tell whether a reference is an absolute URI, such as `https:…` or `//host/…`."""
    return text.startswith("//") or _SCHEME.match(text) is not None


def is_file_like(text: str) -> bool:
    """Tell whether a value of `discriminator.mapping` is a reference; the bare name of a schema is none."""
    return _FILE_LIKE.search(text) is not None


def find_file(file: str, folder: Path, root: Path) -> Path:
    """Return the path of a file that a document in `folder` refers to; raises ReferenceMistake."""
    path = Path(os.path.normpath(folder / file))
    # A link inside of the project may lead out of it, so both the name and what it stands for are looked at.
    if not (path.is_relative_to(root) and path.resolve().is_relative_to(root.resolve())):
        raise ReferenceMistake(f"the reference to '{file}' leaves the project", "move the file into the project")
    if not path.is_file():
        raise ReferenceMistake(f"there is no file '{file}'", _suggest_file(path))
    return path


def _suggest_file(path: Path) -> str:
    if not path.parent.is_dir():
        return f"there is no folder '{path.parent.name}' either"
    return suggest(path.name, (entry.name for entry in path.parent.iterdir() if entry.is_file()))
