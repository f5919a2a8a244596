"""The OpenAPI document as the stages use it: operations with our extensions (docs/design.md, Spec extensions)."""

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum
from typing import Literal, get_args

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import SourceLocation
from contracts_runner.model.json import Json


class Effect(StrEnum):
    """`x-effect`: whether an operation changes the service's state."""

    READ = "read"
    WRITE = "write"

    @classmethod
    def guess(cls, method: str) -> "Effect":
        """Return what a method says of an operation that the spec does not have (RFC 9110 §9.2.1; the QUERY method)."""
        return cls.READ if method in ("GET", "HEAD", "OPTIONS", "TRACE", "QUERY") else cls.WRITE


class Evidence(StrEnum):
    """`x-evidence`: how well a statement of the spec is founded."""

    DOCUMENTED = "documented"
    OBSERVED = "observed"
    INFERRED = "inferred"
    UNKNOWN = "unknown"
    REFUTED = "refuted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a sentence comes from."""

    document: str
    section: str = ""


Placement = Literal["path", "query", "querystring", "header", "cookie"]
PLACEMENTS: tuple[Placement, ...] = get_args(Placement)


class Style(StrEnum):
    """How a value becomes text (OpenAPI 3.1 §4.8.12.3)."""

    SIMPLE = "simple"
    LABEL = "label"
    MATRIX = "matrix"
    FORM = "form"
    SPACE_DELIMITED = "spaceDelimited"
    PIPE_DELIMITED = "pipeDelimited"
    DEEP_OBJECT = "deepObject"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of an operation; `pointer` leads to its schema in the bundled document, "" if it has none.

    `media_type` is that of its `content`, "" if it is written by `style`. `evidence` is its own `x-evidence`, None if
    it has none.
    """

    name: str
    placement: Placement
    is_required: bool = False
    style: Style
    explode: bool
    is_reserved_allowed: bool = False
    media_type: str = ""
    pointer: str = ""
    location: SourceLocation
    evidence: Evidence | None = None

    @property
    def is_ignored(self) -> bool:
        """True for header parameters of these names (OpenAPI 3.1 §4.8.12.1)."""
        return self.placement == "header" and self.name.lower() in ("accept", "content-type", "authorization")


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How one field of a form is written. `style` is None where the document states neither `style`, `explode` nor
    `allowReserved`: then the media type counts, "" where the document leaves it open. `headers` go with its part of a
    multipart body; the value is None where the document requires one and does not give it."""

    media_type: str = ""
    style: Style | None = None
    explode: bool = True
    is_reserved_allowed: bool = False
    headers: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBody:
    """`schemas`: media type -> JSON Pointer of the schema in the bundled document, "" if it has none.
    `encodings`: media type -> field -> its encoding."""

    is_required: bool
    schemas: Mapping[str, str]
    encodings: Mapping[str, Mapping[str, Encoding]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """A declared response header. `is_json`: its text is JSON (`content`); else it is of style `simple`."""

    name: str
    is_required: bool
    pointer: str
    explode: bool = False
    is_json: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseSpec:
    """What one declared status promises. `schemas` as in RequestBody; empty means that no body is described.
    `evidence` is its own `x-evidence`, None if it has none."""

    status: str  # "200", "4XX" or "default"
    schemas: Mapping[str, str]
    headers: tuple[Header, ...]
    location: SourceLocation
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthFlow:
    """A flow of an `oauth2` scheme, by OpenAPI's name, with the address of its tokens as it is written."""

    name: str
    token_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityScheme:
    """How a credential is sent: `http` by its `scheme`, or `apiKey` in header/query/cookie under `parameter`; and where
    tokens of `oauth2` and `openIdConnect` are."""

    name: str
    type: str
    scheme: str = ""
    placement: str = ""
    parameter: str = ""
    flows: tuple[OAuthFlow, ...] = ()
    openid_url: str = ""
    base_url: str = ""  # below which relative addresses of tokens are; "": the environment's


class TotalUnit(StrEnum):
    """What the total of a listing counts."""

    ITEMS = "items"
    PAGES = "pages"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPlace:
    """A place in an answer: the JSONPath `path` of its body, or a `header`."""

    path: str = ""
    header: str = ""

    def __str__(self) -> str:
        """Return the place, as an author would name it."""
        return self.path or f"the header {self.header}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Total(AnswerPlace):
    """Where an answer says how long its listing is."""

    unit: TotalUnit = TotalUnit.ITEMS


class PagingStyle(StrEnum):
    """What leads from one page of a listing to the next."""

    PAGE = "page"  # its number
    OFFSET = "offset"  # how many items came before
    CURSOR = "cursor"  # a value that the page before names
    LINK = "link"  # a URL that the page before names


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """`x-paging`: how a listing is read to its end.

    `placement` and `name` say where the page's number, offset or cursor goes; a link has none. `first` is what is sent
    there for the first page, None if nothing is. `size`: name and value of the page size that is sent, None without
    one. An answer may have the listing's length at `total`, what leads to the next page at `next`, and whether there is
    one at the JSONPath `more`.
    """

    style: PagingStyle = PagingStyle.PAGE
    placement: Literal["query", "body"] = "query"
    name: str = ""
    first: int | None = 1
    size: tuple[str, Json] | None = None
    total: Total | None = None
    next: AnswerPlace | None = None
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method on one path."""

    spec: str  # key in contracts.yaml
    label: str  # the operationId, else "METHOD /path"
    method: str  # upper case
    path: str
    parameters: tuple[Parameter, ...] = ()
    body: RequestBody | None = None
    responses: Mapping[str, ResponseSpec] = field(default_factory=dict)
    # Alternatives; each is the set of schemes that are needed together. Empty: public.
    security: tuple[tuple[str, ...], ...] = ()
    effect: Effect
    evidence: Evidence = Evidence.DOCUMENTED
    source: Source | None = None
    instead: str | None = None
    success: Json = None  # x-success: a JSON Schema, None without the rule
    error_code: str | None = None  # x-error-code: a JSON Pointer
    paging: Paging | None = None
    is_deprecated: bool = False
    is_described: bool = True  # False for a "METHOD /path" that the spec does not have
    servers: tuple[str, ...] = ()  # its own, else its path's, as the document names them
    base_url: str = ""  # where it is served; "" for the base URL of the environment
    fault: str = ""  # why it cannot be read with one clear meaning, with its place; nothing may be sent then
    unmapped: str = ""  # why there is no address that it may be sent to
    location: SourceLocation

    @property
    def obstacle(self) -> str:
        """Why nothing may be sent, as what is said of the operation; "" if something may."""
        return f"cannot be read in the spec: {self.fault}" if self.fault else self.unmapped

    def find_base_url(self, base_url: str) -> str:
        """Return where it is served, given the base URL of the environment; without a slash at the end."""
        return (self.base_url or base_url).rstrip("/")

    def find_parameters(self, key: str) -> tuple[Parameter, ...]:
        """Return the parameters that a contract calls `key`: its name, or `path:NAME`, `query:NAME`, `header:NAME`,
        `cookie:NAME` where the name is in two places. None is unknown, several are ambiguous."""
        named = tuple(parameter for parameter in self.parameters if parameter.name == key)
        if named:
            return named
        placement, _, name = key.partition(":")
        return tuple(each for each in self.parameters if (each.placement, each.name) == (placement, name))

    def name_parameter(self, parameter: Parameter) -> str:
        """Return what a contract calls a parameter."""
        is_clear = len(self.find_parameters(parameter.name)) == 1
        return parameter.name if is_clear else f"{parameter.placement}:{parameter.name}"
