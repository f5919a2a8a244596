"""The OpenAPI document as the stages use it: operations with our extensions (docs/design.md, Spec extensions)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from contracts_runner.errors import SourceLocation
from contracts_runner.model.json import Json


class Effect(StrEnum):
    """`x-effect`: whether an operation changes the service's state."""

    READ = "read"
    WRITE = "write"

    @classmethod
    def guess(cls, method: str) -> "Effect":
        """Return what a method says of an operation that the spec does not have (RFC 9110 §9.2.1)."""
        return cls.READ if method in ("GET", "HEAD", "OPTIONS", "TRACE") else cls.WRITE


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of an operation; `pointer` leads to its schema in the bundled document, "" if it has none.
    `evidence` is its own `x-evidence`, None if it has none."""

    name: str
    placement: Literal["path", "query", "header", "cookie"]
    is_required: bool
    style: str
    explode: bool
    pointer: str
    location: SourceLocation
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBody:
    """`schemas`: media type -> JSON Pointer of the schema in the bundled document, "" if it has none."""

    is_required: bool
    schemas: Mapping[str, str]


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
class SecurityScheme:
    """How a credential is sent: `http` bearer/basic, or `apiKey` in header/query/cookie under `parameter`."""

    name: str
    type: str
    scheme: str = ""
    placement: str = ""
    parameter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """`x-paging`: where the page number goes, and the JSONPath of the total."""

    placement: Literal["query", "body"]
    name: str
    total: str


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
    location: SourceLocation
