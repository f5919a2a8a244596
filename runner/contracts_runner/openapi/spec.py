"""Loads an OpenAPI document: bundled, checked, its operations typed."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

from contracts_runner.errors import Problem, Severity, SourceLocation
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer
from contracts_runner.model.spec import Operation, SecurityScheme
from contracts_runner.openapi.bundle import Bundle, load_bundle
from contracts_runner.openapi.extension_rules import check_extensions
from contracts_runner.openapi.operation_rules import check_rules
from contracts_runner.openapi.operations import OperationBuilder, build_security_schemes, iter_sites
from contracts_runner.openapi.schema_rules import check_schema
from contracts_runner.openapi.schemas import SchemaStore
from contracts_runner.openapi.spec_validator import check_with_validator, find_cache_folder
from contracts_runner.openapi.structure_rules import check_structure

_VERSION = re.compile(r"3\.[01](?=\.)")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spec:
    """A valid OpenAPI document. `document` is bundled: all of its references are `#/…`."""

    key: str
    path: Path
    version: str  # as written: "3.1.0"
    operations: Mapping[str, Operation]  # by label, in the document's order
    security_schemes: Mapping[str, SecurityScheme]
    schemas: SchemaStore = field(repr=False)
    bundle: Bundle = field(repr=False)
    _by_path: Mapping[tuple[str, str], Operation] = field(repr=False)  # by method in upper case and path

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

    def match_path(self, path: str) -> tuple[Operation, ...]:
        """Return the operations whose path template a path matches, whatever their method."""
        return tuple(each for each in self.operations.values() if _build_pattern(each.path).fullmatch(path))


@cache
def _build_pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{[^{}]+\}", template)
    return re.compile("[^/]+".join(map(re.escape, parts)))


def load_spec(
    key: str, path: Path, root: Path, overlays: tuple[Path, ...] = ()
) -> tuple[Spec | None, tuple[Problem, ...]]:
    """Read and check the document at `path`, with overlays applied to it; None where a problem is an error.

    `root` is the project's folder.
    """
    bundle, bundle_problems = load_bundle(path, root, overlays)
    if bundle is None:
        return None, bundle_problems
    problems = bundle_problems if _has_error(bundle_problems) else (*bundle_problems, *_check(bundle))
    unique = tuple(dict.fromkeys(problems))
    if _has_error(unique):
        return None, unique
    version = bundle.document["openapi"]
    operations = {site.label: OperationBuilder(bundle, site).build(key) for site in iter_sites(bundle)}
    spec = Spec(
        key=key,
        path=path,
        version=version,
        operations=MappingProxyType(operations),
        security_schemes=MappingProxyType(build_security_schemes(bundle)),
        schemas=SchemaStore(bundle.document, version),
        bundle=bundle,
        _by_path={(operation.method, operation.path): operation for operation in operations.values()},
    )
    return spec, unique


def _check(bundle: Bundle) -> Iterator[Problem]:
    """Yield the problems, each kind of check only after a clean one before: later ones trust what earlier ones saw."""
    version = _VERSION.match(str(bundle.document.get("openapi", "")))
    if version is None:
        yield _refuse_version(bundle)
        return
    objects = list(bundle.iter_objects())
    problems = list(check_structure(bundle, version[0]))
    problems += [problem for found in objects for problem in check_extensions(bundle, found)]
    yield from problems
    if _has_error(problems):
        return
    schemas = SchemaStore(bundle.document, version[0])
    problems = list(check_rules(bundle))
    problems += [problem for found in objects for problem in check_schema(bundle, schemas, found, version[0])]
    yield from problems
    if not _has_error(problems):
        yield from check_with_validator(bundle, version[0], cache=find_cache_folder(os.environ))


def _refuse_version(bundle: Bundle) -> Problem:
    document = bundle.document
    name = "openapi" if "openapi" in document else "swagger"
    message = f"{name} {document[name]} is not supported" if name in document else "the key 'openapi' is missing"
    hint = "supported: OpenAPI 3.0 and 3.1, as in openapi: 3.1.0"
    return bundle.build_problem((name,), message, hint)


def _has_error(problems: Iterable[Problem]) -> bool:
    return any(problem.severity is Severity.ERROR for problem in problems)
