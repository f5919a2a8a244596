"""An OpenAPI document that was read, now or before: bundled, checked, its operations typed."""

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import field
from functools import cache
from pathlib import Path
from types import MappingProxyType

from contracts_runner.dataclass import dataclass
from contracts_runner.errors import Problem, SourceLocation
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer
from contracts_runner.model.spec import Operation, SecurityScheme
from contracts_runner.openapi.bundle import Bundle
from contracts_runner.openapi.schemas import SchemaStore
from contracts_runner.openapi.warm import DocumentProblem, Parts, build_key, load_parts, save_parts
from contracts_runner.reading.cache import Cache
from contracts_runner.reading.yaml_tree import MAX_VALUES


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spec:
    """An OpenAPI document. `document` is bundled: all of its references are `#/…`. An operation with a mistake that
    leaves its meaning open has it as its `fault`."""

    key: str
    path: Path
    version: str  # as written: "3.1.0"
    operations: Mapping[str, Operation]  # by label, in the document's order
    security_schemes: Mapping[str, SecurityScheme]
    schemas: SchemaStore = field(repr=False)
    bundle: Bundle = field(repr=False)
    problems: tuple[DocumentProblem, ...] = ()
    base_url: str = ""  # where its service is; "" for the base URL of the environment
    _by_path: Mapping[tuple[str, str], Operation] = field(repr=False)  # by method in upper case and path
    _shared: Mapping[str, list[str]] = field(repr=False)  # operationId -> labels of those that share it

    @property
    def document(self) -> Mapping[str, Json]:
        """The bundled document."""
        return self.bundle.document

    @property
    def sha256(self) -> str:
        """The hash (hex) of all files of the document."""
        return self.bundle.sha256

    @property
    def files(self) -> Mapping[str, str]:
        """File, relative to the project -> SHA-256 (hex) of its bytes."""
        return self.bundle.files

    def locate(self, pointer: str | Pointer) -> SourceLocation:
        """Return where the author wrote what a pointer into `document` leads to."""
        return self.bundle.locate(pointer)

    def find_operation(self, name: str) -> Operation | None:
        """Return the operation with this operationId, or with this "METHOD /path", the path as the document has it."""
        method, _, path = name.partition(" ")
        return self.operations.get(name) or self._by_path.get((method.upper(), path))

    def place(self, base_url: str, servers: Mapping[str, str], environment: str) -> "Spec":
        """Return the spec with the address of each operation in an environment: `base_url` of its service, "" for that
        of the environment, or what `servers` has for its own servers, by their names."""
        if not base_url and not any(operation.servers for operation in self.operations.values()):
            return self
        operations = {
            label: _place(operation, base_url, servers, environment) for label, operation in self.operations.items()
        }
        schemes = {
            name: dataclasses.replace(scheme, base_url=base_url) for name, scheme in self.security_schemes.items()
        }
        return dataclasses.replace(
            self,
            base_url=base_url,
            security_schemes=schemes,
            operations=MappingProxyType(operations),
            _by_path=_index(operations),
        )

    def find_sharers(self, operation_id: str) -> list[str]:
        """Return the labels of the operations that have one operationId together."""
        return self._shared.get(operation_id, [])

    def match_path(self, path: str) -> tuple[Operation, ...]:
        """Return the operations whose path template a path matches, whatever their method."""
        return tuple(each for each in self.operations.values() if _build_pattern(each.path).fullmatch(path))


def _place(operation: Operation, base_url: str, servers: Mapping[str, str], environment: str) -> Operation:
    mapped = [servers[name] for name in operation.servers if name in servers]
    if mapped or not operation.servers:
        return dataclasses.replace(operation, base_url=mapped[0] if mapped else base_url)
    named = " or ".join(operation.servers)
    unmapped = f"is served at {named}, which the environment '{environment}' does not map"
    return dataclasses.replace(operation, unmapped=unmapped)


def _index(operations: Mapping[str, Operation]) -> dict[tuple[str, str], Operation]:
    return {(operation.method, operation.path): operation for operation in operations.values()}


# By key in contracts.yaml.
Specs = Mapping[str, Spec]


@cache
def _build_pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^{}]+\}", template)
    return re.compile("[^/]+".join(map(re.escape, parts)))


def load_spec(
    key: str,
    path: Path,
    root: Path,
    overlays: tuple[Path, ...] = (),
    *,
    max_values: int = MAX_VALUES,
    cache: Cache | None = None,
) -> tuple[Spec | None, tuple[Problem, ...]]:
    """Read and check the document at `path`, with overlays applied to it, and return what makes all of it unusable.

    `root` is the project's folder. The problems of its operations are in the spec. `max_values` bounds each of its
    files. What was read before is in `cache`.
    """
    name = build_key(key, (path, *overlays), root, max_values) if cache else None
    if cache and name and (parts := load_parts(cache, name, root)):
        return _build_spec(key, path, parts), ()
    from contracts_runner.openapi.spec_reading import read_parts  # all that knows of mistakes

    parts, problems, is_settled = read_parts(key, path, root, overlays, max_values)
    if parts is None:
        return None, problems
    if cache and name and is_settled:
        save_parts(cache, name, parts)
    return _build_spec(key, path, parts), ()


def _build_spec(key: str, path: Path, parts: Parts) -> Spec:
    document, operations = parts.bundle.document, parts.operations
    return Spec(
        key=key,
        path=path,
        version=document["openapi"],
        operations=MappingProxyType(operations),
        security_schemes=MappingProxyType(parts.security_schemes),
        schemas=SchemaStore(document, parts.version, parts.bundle.tell_place),
        bundle=parts.bundle,
        problems=parts.problems,
        _by_path=_index(operations),
        _shared=parts.shared,
    )
