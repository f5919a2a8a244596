"""What the readers of other tools' files give: requests, each with its place in its file."""

import re
from dataclasses import field

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import UsageError
from contracts_runner.model.exchange import Response
from contracts_runner.model.http import FORM

MOST_BYTES = 64 << 20
MOST_REQUESTS = 2000
MOST_LEVELS = 100
# Stays one word in a URL, a header, JSON and a form, and is found again in each.
_OPEN = re.compile(r"_contracts_open_((?:[0-9a-f]{2})+)_")


class ForeignFileError(UsageError):
    """A file cannot be read as what it seems to be."""


def decode_text(name: str, content: bytes, *, way_out: str = "") -> str:
    """Return the text of a file; raises ForeignFileError for one that is too large, with a `way_out`, or no UTF-8."""
    if len(content) > MOST_BYTES:
        raise ForeignFileError(f"{name} is larger than {MOST_BYTES >> 20} MiB{way_out}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ForeignFileError(f"{name} is no text in UTF-8") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignPart:
    """A part of multipart/form-data; of a file that is not at hand `path` names it, and there is no `content`; one that
    is below the project is its `file`."""

    name: str
    content: bytes = b""
    path: str = ""
    filename: str | None = None
    media_type: str = ""
    file: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignRequest:
    """One request, raw: `where` is its place as messages name it. Requests of one `group` are one scenario.

    `problem` says why it cannot be read, "" if it can. `is_type_guessed`: the sender's tool chose the media type.
    `lost` is what else belongs to it and cannot be carried over.
    """

    where: str
    method: str
    url: str
    title: str = ""
    group: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    parts: tuple[ForeignPart, ...] | None = None
    body_path: str = ""  # the body is this file, which is not at hand
    is_file_stripped: bool = False  # it is sent without line ends
    body_file: str = ""  # the body is this file, which is below the project
    is_type_guessed: bool = False
    ambient: str = ""  # a pattern of the headers that its sender adds to each request
    auth: str | None = None  # what a run calls the credential that it sent
    answer: Response | None = None
    is_example: bool = False  # the answer: it counts as far as the document has it
    problem: str = ""
    lost: tuple[str, ...] = ()

    def find_header(self, name: str) -> str:
        """Return the first value of a header, "" without one."""
        return next((value for key, value in self.headers if key.lower() == name), "")


@dataclass(slots=True)
class ForeignFile:
    """What a file holds. `notes` are things that a person has to carry over, `secrets` values that the file calls
    so."""

    requests: list[ForeignRequest] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)


def mark_open(name: str) -> str:
    """Return what stands in a request for a variable of the other tool whose value is not known."""
    return f"_contracts_open_{name.encode().hex()}_"


def find_open(text: str) -> list[str]:
    """Return the names of such variables in a text."""
    return [bytes.fromhex(match[1]).decode("utf-8", "replace") for match in _OPEN.finditer(text)]


def split_open(text: str) -> list[str]:
    """Return the text between such variables and, at odd indexes, their names."""
    parts = _OPEN.split(text)
    return [bytes.fromhex(part).decode("utf-8", "replace") if index % 2 else part for index, part in enumerate(parts)]


def add_default_type(headers: list[tuple[str, str]], media_type: str = FORM) -> bool:
    """Add a Content-Type where there is none, and tell whether there was none."""
    is_missing = all(name.lower() != "content-type" for name, _ in headers)
    if is_missing:
        headers.append(("Content-Type", media_type))
    return is_missing
