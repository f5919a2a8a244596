"""Builds the typed operations of a bundled OpenAPI document."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from contracts_runner.dataclass import dataclass
from contracts_runner.model.http import FORM, MULTIPART, is_json_type, strip_parameters
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, parse_pointer, render_pointer
from contracts_runner.model.spec import (
    Effect,
    Encoding,
    Evidence,
    Header,
    Operation,
    Parameter,
    RequestBody,
    ResponseSpec,
    Source,
    Style,
)
from contracts_runner.openapi.bundle import Bundle
from contracts_runner.openapi.declared_security import read_security
from contracts_runner.openapi.object_kinds import METHODS
from contracts_runner.openapi.typed_extensions import build_paging, read_evidence

_STYLES = {
    **dict.fromkeys(("query", "querystring", "cookie"), Style.FORM),
    **dict.fromkeys(("path", "header"), Style.SIMPLE),
}
_STATUS = re.compile("[1-5](?:[0-9]{2}|xx|XX)|default")
_STATUS_RANGE = re.compile("[1-5]xx")
_STYLING = ("style", "explode", "allowReserved")


@dataclass(frozen=True, slots=True)
class OperationSite:
    """One method on one path: where the path item and the operation are in the bundle, references followed.

    `label`: the operationId, else, or where others have it too, "METHOD /path".
    """

    label: str
    method: str  # lower case
    path: str
    item: Pointer
    pointer: Pointer
    value: Mapping[str, Json]
    # Alternatives; each is the schemes that are needed together.
    security: tuple[tuple[str, ...], ...]

    @property
    def name(self) -> str:
        """The method and the path, as a contract may name the operation."""
        return f"{self.method.upper()} {self.path}"


def list_sites(bundle: Bundle) -> list[OperationSite]:
    """Return all operations of the document's paths in its order."""
    sites = list(_iter_sites(bundle))
    counts = Counter(site.label for site in sites)
    return [replace(site, label=site.name) if counts[site.label] > 1 else site for site in sites]


def list_servers(value: Json) -> list[dict[str, Json]]:
    """Return the servers that a document, a path or an operation names, without what has no form of one."""
    servers = value if isinstance(value, list) else ()
    return [server for server in servers if isinstance(server, dict) and isinstance(server.get("url"), str)]


def _iter_sites(bundle: Bundle) -> Iterator[OperationSite]:
    paths = bundle.document.get("paths")
    for path in paths if isinstance(paths, Mapping) else ():
        if not path.startswith("/"):
            continue
        more = bundle.get(("paths", path, "additionalOperations"))
        names: list[tuple[str, ...]] = [(method,) for method in METHODS]
        names += [
            ("additionalOperations", method) for method in (more[1] if more and isinstance(more[1], Mapping) else ())
        ]
        found = [(name[-1], bundle.get(("paths", path, *name))) for name in names]
        sites = [
            OperationSite(
                label=_read_id(place[1]) or f"{method.upper()} {path}",
                method=method,
                path=path,
                item=("paths", path),
                pointer=place[0],
                value=place[1],
                security=read_security(bundle, place[1]),
            )
            for method, place in found
            if place is not None and isinstance(place[1], Mapping)
        ]
        # As the author ordered them; the methods are one mapping of one file, unless a reference has siblings.
        yield from sorted(sites, key=lambda site: bundle.locate(site.pointer).line)


def _read_id(value: Mapping[str, Json]) -> str:
    name = value.get("operationId", "")
    return str(name) if isinstance(name, str | int | float) else ""


@dataclass(frozen=True, slots=True)
class OperationBuilder:
    """Builds one operation."""

    bundle: Bundle
    site: OperationSite

    def build_unreadable(self, key: str, fault: str) -> Operation:
        """Return as much of an operation with a fault as there is, without promises that nothing can be checked by."""
        try:
            return replace(self.build(key), fault=fault, responses={}, success=None, paging=None)
        except (AttributeError, KeyError, TypeError, ValueError):
            site = self.site
            location = self.bundle.locate(site.pointer)
            effect = Effect.guess(site.method.upper())
            return Operation(
                spec=key,
                label=site.label,
                method=site.method.upper(),
                path=site.path,
                effect=effect,
                location=location,
                fault=fault,
            )

    def build(self, key: str) -> Operation:
        """Return the operation; `key` names the spec. Raises AttributeError, KeyError, TypeError or ValueError where
        the document is not of the form of OpenAPI."""
        site, value = self.site, self.site.value
        source = self._find_nearest("x-source")
        return Operation(
            spec=key,
            label=site.label,
            method=site.method.upper(),
            path=site.path,
            parameters=tuple(self._iter_parameters()),
            body=self._build_body(),
            responses={
                # Many write `4xx`, which has one meaning.
                status.upper() if _STATUS_RANGE.fullmatch(status) else status: self._build_response(status)
                for status in value.get("responses") or {}
                if _STATUS.fullmatch(status)
            },
            security=site.security,
            effect=Effect(self._find_nearest("x-effect") or Effect.guess(site.method.upper())),
            evidence=Evidence(self._find_nearest("x-evidence") or Evidence.DOCUMENTED),
            source=Source(**source) if source else None,
            instead=value.get("x-instead"),
            success=self._find_nearest("x-success", in_document=True),
            error_code=self._find_nearest("x-error-code", in_document=True),
            paging=build_paging(self._find_nearest("x-paging")),
            is_deprecated=value.get("deprecated", False),
            servers=tuple(server["url"] for server in list_servers(self._find_nearest("servers"))),
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
        for parameter in merged.values():
            # One that the path has no place for goes nowhere.
            if parameter.placement != "path" or f"{{{parameter.name}}}" in self.site.path:
                yield parameter

    def _build_parameter(self, pointer: Pointer) -> Parameter:
        place, value = self.bundle.find(pointer)
        placement = value["in"]
        style = Style(value.get("style", _STYLES[placement]))
        return Parameter(
            name=value["name"],
            placement=placement,
            is_required=value.get("required", False) or placement == "path",
            style=style,
            explode=value.get("explode", style is Style.FORM),
            is_reserved_allowed=value.get("allowReserved", False),
            media_type=next(iter(value.get("content", ())), ""),
            pointer=self._find_schema(place, value),
            location=self.bundle.locate(place),
            evidence=read_evidence(value),
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
        return RequestBody(
            is_required=value.get("required", False),
            schemas=self._find_schemas(place, value),
            encodings={name: self._build_encodings((*place, "content", name)) for name in value.get("content", {})},
        )

    def _build_encodings(self, pointer: Pointer) -> dict[str, Encoding]:
        """Return field -> encoding of a Media Type Object."""
        form = strip_parameters(str(pointer[-1]))
        # OpenAPI 3.0 ignores a style elsewhere; 3.1 knows it in multipart/form-data, too.
        is_styled = form == FORM or (form == MULTIPART and not str(self.bundle.document["openapi"]).startswith("3.0"))
        return {
            name: self._build_encoding((*pointer, "encoding", name), is_styled=is_styled)
            for name in self.bundle.resolve(pointer).get("encoding", {})
        }

    def _build_encoding(self, pointer: Pointer, *, is_styled: bool) -> Encoding:
        place, value = self.bundle.find(pointer)
        style = Style(value.get("style", Style.FORM)) if is_styled and any(key in value for key in _STYLING) else None
        return Encoding(
            media_type=value.get("contentType", ""),
            style=style,
            explode=value.get("explode", style is Style.FORM),
            is_reserved_allowed=value.get("allowReserved", False),
            headers=dict(self._iter_part_headers((*place, "headers"), value.get("headers", {}))),
        )

    def _iter_part_headers(self, pointer: Pointer, headers: Iterable[str]) -> Iterator[tuple[str, Json]]:
        """Yield the headers whose value the document gives, and, with None, the others that it requires."""
        for name in headers:
            place, value = self.bundle.find((*pointer, name))
            header = self._build_header(name, place)
            schema = self.bundle.resolve(parse_pointer(header.pointer)) if header.pointer else {}
            found = _find_fixed(schema if isinstance(schema, Mapping) else {}, value)
            # OpenAPI 3.1 §4.8.15.1: a header that is called Content-Type is ignored.
            if name.lower() != "content-type" and (found is not None or header.is_required):
                yield name, found

    def _build_response(self, status: str) -> ResponseSpec:
        place, value = self.bundle.find((*self.site.pointer, "responses", status))
        # OpenAPI 3.1 §4.8.17.1: a header that is called Content-Type is ignored.
        names = [name for name in value.get("headers", {}) if name.lower() != "content-type"]
        return ResponseSpec(
            status=status,
            schemas=self._find_schemas(place, value),
            headers=tuple(self._build_header(name, (*place, "headers", name)) for name in names),
            location=self.bundle.locate(place),
            evidence=read_evidence(value),
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


def _find_fixed(schema: Mapping[str, Json], header: Mapping[str, Json]) -> Json:
    """Return the only value that a schema allows, else its default, else the header's example; None without one."""
    allowed = schema.get("enum", ())
    if "const" in schema:
        return schema["const"]
    if len(allowed) == 1:
        return allowed[0]
    return schema.get("default", header.get("example", schema.get("example")))
