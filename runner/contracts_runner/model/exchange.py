"""One request and its response, raw: never to be written anywhere (evidence/ makes the recorded form)."""

from functools import cached_property
from typing import Literal

from contracts_runner.dataclass import dataclass
from contracts_runner.model.credential import ClientCertificate, Credential
from contracts_runner.model.http import strip_parameters
from contracts_runner.model.phase import Phase
from contracts_runner.model.spec import Effect, Placement, SecurityScheme


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingCredential:
    """A credential, by its name, whose text is known only when its request leaves, and the scheme that it is for."""

    name: str
    scheme: SecurityScheme
    credential: Credential


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request, complete. `url` is absolute; `effect` and `is_probe` are what the write guard looks at;
    `phase`, `scenario` and `step` say on whose behalf it is sent. `template` is the URL with the placeholders of its
    path and without its query: what may be shown before the values are redacted. `pending` are credentials that are
    still to be added, `certificate` is that of the client. `events`: a stream of events ends with so many of them, None
    for a body that is read to its end."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    operation: str
    template: str = ""
    effect: Effect
    is_probe: bool = False
    phase: Phase = Phase.SCENARIOS
    scenario: str | None = None
    step: str | None = None
    pending: tuple[PendingCredential, ...] = ()
    certificate: ClientCertificate | None = None
    # The credential that it is to get, "" for a request to an operation.
    token_of: str = ""
    events: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """Milliseconds, `total` to the last byte of the body, from the moment the request's first byte left: setting up a
    connection never looks like a slow service (docs/qtickets.md, Latency)."""

    first_byte_ms: float
    total_ms: float
    connect_ms: float | None = None  # before that; None where the connection was open already


@dataclass(frozen=True, kw_only=True)
class Response:
    """A complete response. Header names as received; `body` after decompression. `unread` is why a recording of others
    does not have the body, "" where it is known; `timings` is None where nobody measured them."""

    status_code: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    timings: Timings | None
    unread: str = ""

    def header(self, name: str) -> str | None:
        """Return the values of a header joined by ", " (RFC 9110 §5.3), or None."""
        wanted = name.lower()
        values = [value for key, value in self.headers if key.lower() == wanted]
        return ", ".join(values) if values else None

    @cached_property
    def media_type(self) -> str | None:
        """The media type in lower case without parameters, or None."""
        return strip_parameters(self.content_type) if self.content_type else None

    @cached_property
    def content_type(self) -> str:
        """The media type with its parameters as received, "" if there is none."""
        return self.header("content-type") or ""


Place = Placement | Literal["body"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Where a request has a value that an earlier answer gave: a parameter, or a member of the body, in which `/` leads
    further in. `source` is the name that the value had before, "" if it is not known."""

    placement: Place
    name: str
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A request and its response; without a response, `problem` says why there is none. `taken` is what of a generated
    request earlier answers gave, None where it is not known."""

    request: Request
    response: Response | None
    problem: str = ""
    taken: tuple[Taken, ...] | None = None
