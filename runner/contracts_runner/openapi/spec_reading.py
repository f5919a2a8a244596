"""Reads an OpenAPI document for the first time: bundles it, checks it, types its operations.

A real document has mistakes. What cannot be read with one clear meaning is a fault of the operations that it is part
of, and of no other (docs/design.md, Project file).
"""

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from contracts_runner.errors import Problem, Severity
from contracts_runner.model.json import Json
from contracts_runner.model.json_pointer import Pointer, render_fragment
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.bundle import Bundle
from contracts_runner.openapi.declared_security import build_security_schemes
from contracts_runner.openapi.extension_rules import check_extensions
from contracts_runner.openapi.foreign_extensions import set_foreign_aside
from contracts_runner.openapi.operation_rules import check_rules
from contracts_runner.openapi.operations import OperationBuilder, OperationSite, list_sites
from contracts_runner.openapi.reach import Reach
from contracts_runner.openapi.read_bundle import ReadBundle, load_bundle
from contracts_runner.openapi.schema_rules import check_schema
from contracts_runner.openapi.schemas import SchemaStore
from contracts_runner.openapi.structure_rules import check_structure
from contracts_runner.openapi.warm import DocumentProblem, Parts

_VERSION = re.compile(r"(3\.[012])(\..*)?")
# A place that all operations share, or none has: there the document itself is not usable.
_WHOLE: tuple[Pointer | None, ...] = (None, (), ("openapi",), ("paths",))


def read_parts(
    key: str, path: Path, root: Path, overlays: tuple[Path, ...], max_values: int
) -> tuple[Parts | None, tuple[Problem, ...], bool]:
    """Read and check a document and build its operations; None, and why, where all of it is unusable; last whether the
    same files give the same again."""
    bundle, problems = load_bundle(path, root, overlays, max_values)
    if bundle is None or any(_is_whole(problem) for problem in problems):
        return None, problems, False
    return *_read(key, bundle, problems), bundle.is_settled


def _read(key: str, bundle: ReadBundle, problems: tuple[Problem, ...]) -> tuple[Parts | None, tuple[Problem, ...]]:
    written = bundle.read_raw(("openapi",))
    version = _read_version(bundle.document, written)
    if version is None:
        return None, (*problems, _refuse_version(bundle))
    foreign = list(_prepare(bundle))
    sites = list_sites(bundle)
    reach = Reach(bundle, sites)
    checked = [*problems, *foreign, *_tell_version(bundle, written), *_check(bundle, version, sites, reach)]
    if whole := [problem for problem in checked if _is_whole(problem)]:
        return None, tuple(dict.fromkeys(whole))
    # What several operations share may stand in each of them, and is told once.
    users: dict[Problem, frozenset[str]] = {}
    for problem in checked:
        users[problem] = users.get(problem, frozenset()) | reach.find_users(problem.pointer or ())
    found = [DocumentProblem(_add_mend(bundle, problem), labels) for problem, labels in users.items()]
    operations, odd = _build_operations(key, bundle, sites, found)
    parts = Parts(
        version=version,
        bundle=bundle.drop_checks(),
        operations=operations,
        security_schemes=build_security_schemes(bundle),
        problems=(*found, *odd),
        shared=_find_shared(sites),
    )
    return parts, ()


def _find_shared(sites: Iterable[OperationSite]) -> dict[str, list[str]]:
    shared: dict[str, list[str]] = defaultdict(list)
    for site in sites:
        if "operationId" in site.value and site.label == site.name:
            shared[str(site.value["operationId"])].append(site.label)
    return dict(shared)


def _add_mend(bundle: ReadBundle, problem: Problem) -> Problem:
    """Add the overlay action that takes out what cannot be read, where that leaves a document."""
    if problem.severity is not Severity.ERROR or problem.mend:
        return problem
    return dataclasses.replace(problem, mend=bundle.render_removal(problem.pointer or ()))


def _is_whole(problem: Problem) -> bool:
    return problem.severity is Severity.ERROR and problem.pointer in _WHOLE


def _read_version(document: dict[str, Json], written: str | None) -> str | None:
    """Return "3.0", "3.1" or "3.2", None for any other version. A number is made a text in the document."""
    version = _VERSION.fullmatch(written or "")
    if version is None or not isinstance(document["openapi"], str | float):
        return None
    document["openapi"] = written if version[2] else f"{written}.0"
    return version[1]


def _tell_version(bundle: ReadBundle, written: str | None) -> Iterator[Problem]:
    version = bundle.document["openapi"]
    if written != version:
        message, hint = f"'openapi' is read as {version}", f'write openapi: "{version}"'
        yield bundle.build_problem(("openapi",), message, hint, severity=Severity.WARNING)


def _prepare(bundle: ReadBundle) -> Iterator[Problem]:
    """Give the media types of sequences the schema of the list that they are read as (OpenAPI 3.2, itemSchema), and set
    the extensions of other tools aside, which are told."""
    for found in bundle.iter_objects():
        if found.kind == "media_type" and isinstance(found.value, dict) and "itemSchema" in found.value:
            items = {"$ref": render_fragment((*found.pointer, "itemSchema"))}
            found.value.setdefault("schema", {"type": "array", "items": items})
        yield from set_foreign_aside(bundle, found)


def _check(bundle: ReadBundle, version: str, sites: Sequence[OperationSite], reach: Reach) -> Iterator[Problem]:
    """Yield the problems. Rules that trust the form of an object see those alone whose form is right."""
    objects = list(bundle.iter_objects())
    problems = list(check_structure(bundle, version))
    problems += [problem for found in objects for problem in check_extensions(bundle, found)]
    yield from problems
    broken = {problem.pointer for problem in problems if problem.severity is Severity.ERROR and problem.pointer}
    unreadable = frozenset(label for pointer in broken for label in reach.find_users(pointer))
    holders = {pointer[:length] for pointer in broken for length in range(len(pointer) + 1)}
    yield from check_rules(bundle, sites, [site for site in sites if site.label not in unreadable])
    schemas = SchemaStore(bundle.document, version)
    for found in objects:
        if found.pointer not in holders:
            yield from check_schema(bundle, schemas, found, version)


def _build_operations(
    key: str, bundle: Bundle, sites: Sequence[OperationSite], problems: Sequence[DocumentProblem]
) -> tuple[dict[str, Operation], list[DocumentProblem]]:
    """Return the operations by label, and what was odd about them that no rule knows."""
    faults: dict[str, list[Problem]] = defaultdict(list)
    for found in problems:
        for label in found.operations if found.problem.severity is Severity.ERROR else ():
            faults[label].append(found.problem)
    operations: dict[str, Operation] = {}
    odd: list[DocumentProblem] = []
    for site in sites:
        builder = OperationBuilder(bundle, site)
        if site.label in faults:
            fault = "; ".join(str(dataclasses.replace(problem, hint="")) for problem in faults[site.label][:3])
            operations[site.label] = builder.build_unreadable(key, fault)
            continue
        try:
            operations[site.label] = builder.build(key)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            problem = bundle.build_problem(
                site.pointer, f"{site.label} cannot be read: {type(error).__name__}: {error}"
            )
            odd.append(DocumentProblem(problem, frozenset({site.label})))
            operations[site.label] = builder.build_unreadable(key, str(problem))
    return operations, odd


def _refuse_version(bundle: Bundle) -> Problem:
    document = bundle.document
    name = "openapi" if "openapi" in document else "swagger"
    message = f"{name} {document[name]} is not supported" if name in document else "the key 'openapi' is missing"
    hint = "supported: Swagger 2.0, OpenAPI 3.0, 3.1 and 3.2, as in openapi: 3.1.0"
    return bundle.build_problem((name,), message, hint)
