"""Every error that a user can meet.

ContractsError                 exit_code 2
├── UsageError                 wrong arguments, nothing selected
├── ProjectError               mistakes in the project's files, all of them at once
└── RunFolderError             a run cannot be read or written
    └── RecordingError         exit_code 3: the run cannot be recorded any more

TransportError (not for users: the engine turns it into outcomes)
├── NoResponseError            no complete response in time: errored
│   └── StaleConnectionError   a kept-alive connection had been closed: a read may be sent again
├── BadResponseError           a response that breaks HTTP or our bounds: failed
└── BlockedError               the write guard kept the request back: blocked

UndecidedError (likewise)      a check that cannot be decided: errored
"""

import errno
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

_DISK_TROUBLE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


@dataclass(frozen=True, slots=True, order=True)
class SourceLocation:
    """Where an author wrote something: `path` is relative to the project root, with forward slashes."""

    path: str
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


class Severity(StrEnum):
    """Whether a problem makes a file unusable."""

    ERROR = "error"
    WARNING = "warning"


class Rule(StrEnum):
    """What a problem is about: a stable word for machines."""

    # Found where a file is read: nothing goes out of what has an error.
    YAML = "yaml"
    FORM = "form"
    EXPRESSION = "expression"
    SCHEMA = "schema"
    REFERENCE = "reference"
    OPENAPI = "openapi"
    SPEC = "spec"
    EXTENSION = "extension"
    OVERLAY = "overlay"
    # Found in what would be sent in an environment.
    BODY = "request-body"
    PARAMETER = "parameter"
    CREDENTIAL = "credential"
    MISSING_CREDENTIAL = "missing-credential"  # left to `--skip-missing`
    # What only the document can mend: it does not end a run, what needs it is errored.
    UNDEFINED = "undefined"
    # What an answer decides, or nothing: warnings.
    STATUS = "undeclared-status"
    MEDIA_TYPE = "undeclared-media-type"
    ERROR_CODE = "error-code"
    BODY_PATH = "body-path"
    BODY_VALUE = "body-value"
    GUESS = "asserted-guess"
    UNKNOWN_OPERATION = "unknown-operation"
    REFUTED_OPERATION = "refuted-operation"
    UNDESCRIBED_PATH = "undescribed-path"
    EXPIRED_KNOWN = "expired-known"
    EXPIRING_KNOWN = "expiring-known"
    PAGING = "paging"
    SERVERS = "servers"
    MISSING_SOURCE = "missing-source"
    MISSING_EVIDENCE = "missing-evidence"
    MISSING_SPEC_SOURCE = "missing-spec-source"
    UNUSED_CAPTURE = "unused-capture"
    UNUSED_VARIABLE = "unused-variable"
    UNCOVERED_OPERATION = "uncovered-operation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake of an author: where, what, and what to do.

    `owner` is where the scenario, warehouse check or `known` entry is written that alone has it; None for a mistake of
    a whole file. An alias may put the mistake elsewhere than its owner. `pointer` is the place in a bundled OpenAPI
    document, and `mend` an overlay action (a list item in YAML) that mends it, "" where there is none. `is_aside`: it
    is about an operation that nothing in the project uses.
    """

    location: SourceLocation
    message: str
    hint: str = ""
    rule: Rule = Rule.FORM
    severity: Severity = Severity.ERROR
    owner: SourceLocation | None = field(default=None, compare=False)
    pointer: tuple[str | int, ...] | None = field(default=None, compare=False)
    mend: str = field(default="", compare=False)
    is_aside: bool = False

    def __str__(self) -> str:
        return f"{self.location}: {self.message}" + (f"; {self.hint}" if self.hint else "")


class ContractsError(Exception):
    """An error that is shown without a traceback."""

    exit_code = 2


class UsageError(ContractsError):
    """Wrong use of the command line, or nothing selected."""


class ProjectError(ContractsError):
    """The project's files have mistakes; the message has one line for each, in the order of files and lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems), key=lambda problem: (problem.location, problem.message))
        super().__init__("\n".join(map(str, self.problems)))


class RunFolderError(ContractsError):
    """A run's folder cannot be read or written."""


class RecordingError(RunFolderError):
    """A run cannot be recorded any more (disk full): nothing further is sent, the rest is unknown."""

    exit_code = 3


class TransportError(Exception):
    """No usable response; the message says what happened."""


class NoResponseError(TransportError):
    """No complete response in time: DNS, refused, TLS, time limit, reset."""


class StaleConnectionError(NoResponseError):
    """A connection that had served an earlier request ended before any byte of the response to a GET or HEAD that only
    reads: it may be sent again (RFC 9112 §9.3.1)."""


class BadResponseError(TransportError):
    """The service sent bytes that break HTTP or the environment's limits."""


class BlockedError(TransportError):
    """The write guard kept the request back; nothing was sent."""


class CredentialError(TransportError):
    """What a request needs as its credential cannot be got; the request was not sent. `is_final`: nor will it be."""

    def __init__(self, message: str, *, is_final: bool = True) -> None:
        super().__init__(message)
        self.is_final = is_final


class UndecidedError(Exception):
    """It cannot be decided whether a check holds; the message says why, without the value."""


@contextmanager
def explain_errors(what: str, path: Path) -> Iterator[None]:
    """Turn an OSError into a RunFolderError: `cannot write <path>: Permission denied`; a disk that is full or broken
    into a RecordingError, since nothing is wrong with how the tool was used."""
    try:
        yield
    except OSError as error:
        message = f"cannot {what} {path}: {error.strerror or error}"
        if error.errno not in _DISK_TROUBLE:
            raise RunFolderError(message) from error
        raise RecordingError(
            f"{message}; nothing is sent that cannot be recorded. Make room, then `contracts run --resume` cleans up "
            "and finishes the run"
        ) from error
