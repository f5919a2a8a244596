"""Builds the typed operations of a bundled OpenAPI document."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from contracts_runner.model.http import is_json_type
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, render_pointer
from contracts_runner.model.spec import (
    Effect,
    Evidence,
    Header,
    Operation,
    Paging,
    Parameter,
    RequestBody,
    ResponseSpec,
    SecurityScheme,
    Source,
)
from contracts_runner.openapi.bundle import Bundle
from contracts_runner.openapi.object_kinds import METHODS

_SAFE_METHODS = frozenset({"get", "head", "options", "trace"})  # RFC 9110 §9.2.1
_STYLES = {"query": "form", "cookie": "form", "path": "simple", "header": "simple"}


@dataclass(frozen=True, slots=True)
class OperationSite:
    """One method on one path: where the path item and the operation are in the bundle, references followed."""

    method: str  # lower case
    path: str
    item: Pointer
    pointer: Pointer
    value: Mapping[str, Json]

    @property
    def label(self) -> str:
        """The operationId, else "METHOD /path"."""
        return str(self.value.get("operationId", f"{self.method.upper()} {self.path}"))


def iter_sites(bundle: Bundle) -> Iterator[OperationSite]:
    """Yield all operations of the document's paths in its order."""
    for path in bundle.document.get("paths", {}):
        if not path.startswith("/"):
            continue
        found = [(method, bundle.get(("paths", path, method))) for method in METHODS]
        sites = [
            OperationSite(method, path, ("paths", path), place[0], place[1])
            for method, place in found
            if place is not None
        ]
        # As the author ordered them; the methods are one mapping of one file, unless a reference has siblings.
        yield from sorted(sites, key=lambda site: bundle.locate(site.pointer).line)


def build_security_schemes(bundle: Bundle) -> dict[str, SecurityScheme]:
    """Return the document's security schemes by name."""
    schemes = {}
    for name in bundle.document.get("components", {}).get("securitySchemes", {}):
        value = bundle.resolve(("components", "securitySchemes", name))
        schemes[name] = SecurityScheme(
            name=name,
            type=value["type"],
            scheme=value.get("scheme", "").lower(),
            placement=value.get("in", ""),
            parameter=value.get("name", ""),
        )
    return schemes


@dataclass(frozen=True, slots=True)
class OperationBuilder:
    """Builds one operation of a valid document."""

    bundle: Bundle
    site: OperationSite

    def build(self, key: str) -> Operation:
        """Return the operation; `key` names the spec."""
        site, value = self.site, self.site.value
        default_effect = Effect.READ if site.method in _SAFE_METHODS else Effect.WRITE
        source = self._find_nearest("x-source")
        return Operation(
            spec=key,
            label=site.label,
            method=site.method.upper(),
            path=site.path,
            parameters=tuple(self._iter_parameters()),
            body=self._build_body(),
            responses={
                status: self._build_response(status)
                for status in value.get("responses", {})
                if not status.startswith("x-")
            },
            security=self._build_security(),
            effect=Effect(self._find_nearest("x-effect") or default_effect),
            evidence=Evidence(self._find_nearest("x-evidence") or Evidence.DOCUMENTED),
            source=Source(**source) if source else None,
            instead=value.get("x-instead"),
            success=self._find_nearest("x-success", in_document=True),
            error_code=self._find_nearest("x-error-code", in_document=True),
            paging=_build_paging(self._find_nearest("x-paging")),
            is_deprecated=value.get("deprecated", False),
            location=self.bundle.locate(site.pointer),
        )

    def _find_nearest(self, key: str, *, in_document: bool = False) -> Json:
        """Return an extension of the operation, else of its path, else of the document where that may have it."""
        if key in self.site.value:
            return self.site.value[key]
        if found := self.bundle.get((*self.site.item, key)):
            return found[1]
        return self.bundle.document.get(key) if in_document else None

    def _iter_parameters(self) -> Iterator[Parameter]:
        merged: dict[tuple[str, str], Parameter] = {}
        for holder in (self.site.item, self.site.pointer):
            found = self.bundle.get((*holder, "parameters"))
            for index in range(len(found[1]) if found else 0):
                parameter = self._build_parameter((*holder, "parameters", index))
                merged[parameter.name, parameter.placement] = parameter
        yield from merged.values()

    def _build_parameter(self, pointer: Pointer) -> Parameter:
        place, value = self.bundle.find(pointer)
        placement = value["in"]
        style = value.get("style", _STYLES[placement])
        return Parameter(
            name=value["name"],
            placement=placement,
            is_required=value.get("required", False),
            style=style,
            explode=value.get("explode", style == "form"),
            pointer=self._find_schema(place, value),
            location=self.bundle.locate(place),
            evidence=_read_evidence(value),
        )

    def _find_schema(self, place: Pointer, value: Mapping[str, Json]) -> str:
        """Return the pointer of the schema of a parameter or header, "" if it has none."""
        if "schema" in value:
            return render_pointer((*place, "schema"))
        schemas = self._find_schemas(place, value)
        return next(iter(schemas.values()), "")

    def _find_schemas(self, place: Pointer, value: Mapping[str, Json]) -> dict[str, str]:
        """Return media type -> pointer of the schema, "" if it has none."""
        return {
            name: render_pointer((*place, "content", name, "schema")) if "schema" in media_type else ""
            for name, media_type in value.get("content", {}).items()
        }

    def _build_body(self) -> RequestBody | None:
        found = self.bundle.get((*self.site.pointer, "requestBody"))
        if found is None:
            return None
        place, value = found
        return RequestBody(is_required=value.get("required", False), schemas=self._find_schemas(place, value))

    def _build_response(self, status: str) -> ResponseSpec:
        place, value = self.bundle.find((*self.site.pointer, "responses", status))
        # OpenAPI 3.1 §4.8.17.1: a header that is called Content-Type is ignored.
        names = [name for name in value.get("headers", {}) if name.lower() != "content-type"]
        return ResponseSpec(
            status=status,
            schemas=self._find_schemas(place, value),
            headers=tuple(self._build_header(name, (*place, "headers", name)) for name in names),
            location=self.bundle.locate(place),
            evidence=_read_evidence(value),
        )

    def _build_header(self, name: str, pointer: Pointer) -> Header:
        place, value = self.bundle.find(pointer)
        return Header(
            name=name,
            is_required=value.get("required", False),
            pointer=self._find_schema(place, value),
            explode=value.get("explode", False),
            is_json=any(map(is_json_type, value.get("content", ()))),
        )

    def _build_security(self) -> tuple[tuple[str, ...], ...]:
        alternatives = self.site.value.get("security", self.bundle.document.get("security", ()))
        return tuple(tuple(alternative) for alternative in alternatives)


def _build_paging(value: Json) -> Paging | None:
    page = value["page"] if value else {}
    return Paging(placement=page["in"], name=page["name"], total=value["total"]) if page else None


def _read_evidence(value: Mapping[str, Json]) -> Evidence | None:
    """Return an object's own `x-evidence`."""
    return Evidence(value["x-evidence"]) if "x-evidence" in value else None
