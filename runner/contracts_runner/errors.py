"""Every error that a user can meet.

ContractsError                 exit_code 2
├── UsageError                 wrong arguments, nothing selected
├── ProjectError               mistakes in the project's files, all of them at once
├── UnseenError                exit_code 3: what was to be looked at cannot be reached
└── RunFolderError             a run cannot be read or written
    └── RecordingError         exit_code 3: the run cannot be recorded any more
        └── DiskError          the disk is full or broken

TransportError (not for users: the engine turns it into outcomes)
├── NoResponseError            no complete response in time: errored
│   └── StaleConnectionError   a kept-alive connection had been closed: a read may be sent again
├── BadResponseError           a response that breaks HTTP or our bounds: failed
└── BlockedError               the write guard kept the request back: blocked

UndecidedError (likewise)      a check that cannot be decided: errored
"""

import errno
from collections.abc import Iterable, Iterator
from dataclasses import field
from enum import StrEnum
from pathlib import Path

from contracts_runner.dataclass import dataclass
from contracts_runner.words import Word

# What a command says to the process that started it. Click's own errors have 2, too.
EXIT_CODES = {
    0: "Nothing failed and nothing errored.",
    1: "A contract failed, even if something else errored; with `--strict` also one that is fixed.",
    2: "Wrong use, a mistake in a file, or nothing was selected.",
    3: "Errored: it could not be found out.",
    130: "Interrupted.",
}
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


class Rule(Word):
    """What a problem is about: a stable word for machines, with a sentence for people."""

    # Found where a file is read: nothing goes out of what has an error.
    YAML = "yaml", "A file is not YAML, or a key is in it twice."
    FORM = "form", "A key is unknown or missing, or its value has the wrong form."
    EXPRESSION = "expression", "An expression `${…}` cannot be read, or names what nothing gives."
    SCHEMA = "schema", "A JSON Schema cannot be read, or cannot fail on anything."
    REFERENCE = "reference", "A name leads to nothing: an operation, a parameter, a file, an environment."
    OPENAPI = "openapi", "A document breaks the rules of OpenAPI."
    SPEC = "spec", "A document cannot be read with one clear meaning."
    EXTENSION = "extension", "One of our extensions of OpenAPI has the wrong form, or no effect where it stands."
    OVERLAY = "overlay", "An overlay cannot be read, or a target of its actions matches nothing."
    # Found in what would be sent in an environment.
    BODY = (
        "request-body",
        "The body that would be sent breaks the document; `invalid_request: true` says that it is meant.",
    )
    PARAMETER = (
        "parameter",
        "A parameter that would be sent breaks the document, or has no form in which it can be sent.",
    )
    CREDENTIAL = "credential", "A credential cannot be sent in the way that the document declares."
    MISSING_CREDENTIAL = (
        "missing-credential",
        "A credential that would be sent has no value; `contracts run --skip-missing` leaves out what needs it.",
    )
    # What only the document can mend: it does not end a run, what needs it is errored.
    UNDEFINED = (
        "undefined",
        "The document leaves open how a value is sent; only the document, or an overlay, can mend it.",
    )
    # What an answer decides, or nothing: warnings.
    STATUS = "undeclared-status", "A step expects a status that the document does not declare for the operation."
    MEDIA_TYPE = (
        "undeclared-media-type",
        "A step expects a media type that the document does not declare for the operation.",
    )
    HEADER = "header-name", "A step looks at a header whose name is nearly that of another one."
    ERROR_CODE = "error-code", "A step expects an error code that the document does not list, or has no place for."
    BODY_PATH = "body-path", "A JSONPath leads to nothing in the schema of the answer."
    BODY_VALUE = "body-value", "An expected value is none that the schema of the answer allows."
    GUESS = "asserted-guess", "A step relies on what the document marks as inferred or unknown (`x-evidence`)."
    UNKNOWN_OPERATION = (
        "unknown-operation",
        "A step sends an operation of which nobody knows whether the service has it.",
    )
    REFUTED_OPERATION = "refuted-operation", "A step sends an operation that the service is known not to have."
    UNDESCRIBED_PATH = "undescribed-path", "A step sends a METHOD /path that the document does not have."
    BEYOND_SPEC = (
        "beyond-the-spec",
        "A step adds a header or a part of the query that is declared, or almost.",
    )
    EXPIRED_KNOWN = "expired-known", "A `known` entry or a `quarantine` has ended: what fails counts again."
    EXPIRING_KNOWN = "expiring-known", "A `known` entry or a `quarantine` ends soon."
    PAGING = "paging", "A list shows signs of further pages that `x-paging` does not follow."
    SERVERS = "servers", "The addresses of the document and of an environment do not fit together."
    MISSING_SOURCE = "missing-source", "A scenario does not say which sentence of a document it comes from."
    MISSING_EVIDENCE = "missing-evidence", "An operation does not say how its description is known (`x-evidence`)."
    MISSING_SPEC_SOURCE = (
        "missing-spec-source",
        "An operation does not say where its description comes from (`x-source`).",
    )
    UNUSED_CAPTURE = "unused-capture", "A step captures a value that nothing uses."
    UNUSED_VARIABLE = "unused-variable", "An environment has a variable that nothing uses."


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One mistake of an author: where, what, and what to do.

    `owner` is where the scenario, warehouse check or `known` entry is written that alone has it; None for a mistake of
    a whole file. An alias may put the mistake elsewhere than its owner. `pointer` is the place in a bundled OpenAPI
    document, and `mend` the overlay actions (list items in YAML) that mend it, "" where there is none. `is_aside`: it
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


def leave_out_told(problems: Iterable[Problem], told: Iterable[Problem]) -> Iterator[Problem]:
    """Yield the problems of lines that have no error yet: what is wrong there already has others follow."""
    places = {problem.location for problem in told if problem.severity is Severity.ERROR}
    return (problem for problem in problems if problem.location not in places)


class ContractsError(Exception):
    """An error that is shown without a traceback."""

    exit_code = 2


class UsageError(ContractsError):
    """Wrong use of the command line, or nothing selected."""


class ProjectError(ContractsError):
    """The project's files have mistakes; the message has one line for each, in the order of files and lines."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems), key=lambda problem: (problem.location, problem.message, problem.hint))
        super().__init__("\n".join(map(str, self.problems)))


class UnseenError(ContractsError):
    """What a command was to look at cannot be reached, or may not be read: nothing was found out."""

    exit_code = 3


class RunFolderError(ContractsError):
    """A run's folder cannot be read or written."""


class RecordingError(RunFolderError):
    """A run cannot be recorded any more (disk full): nothing further is sent, the rest is unknown."""

    exit_code = 3


class DiskError(RecordingError):
    """The disk is full or broken."""


class TransportError(Exception):
    """No usable response; the message says what happened. `limit`: the key of `limits` that was met, "" for none."""

    def __init__(self, message: str, *, limit: str = "") -> None:
        super().__init__(message)
        self.limit = limit


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


class explain_errors:  # a class, since it is entered several times a request, and a generator costs more
    """Turn an OSError into a RunFolderError: `cannot write <path>: Permission denied`; a disk that is full or broken
    into a DiskError, since nothing is wrong with how the tool was used."""

    __slots__ = ("_path", "_what")

    def __init__(self, what: str, path: Path | str) -> None:
        self._what, self._path = what, path

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if not isinstance(error, OSError):
            return
        message = f"cannot {self._what} {self._path}: {error.strerror or error}"
        if error.errno not in _DISK_TROUBLE:
            raise RunFolderError(message) from error
        raise DiskError(message) from error
