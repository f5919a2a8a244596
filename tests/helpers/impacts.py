"""Compares two documents of a small project, for tests."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from contracts_runner.maintenance.impact.impact import Affected, Impact, find_impact
from contracts_runner.model.json_pointer import find_value
from contracts_runner.openapi.spec import Spec, load_spec
from contracts_runner.project.project import Project, read_project
from helpers.specs import write_files

# Kind -> whether it breaks, and who uses what changed.
Told = dict[str, tuple[bool, tuple[str, ...]]]

SETTINGS = """\
version: 1
specs: {shop: shop.json}
environments:
  test: {base_url: "https://shop.example.com", writes: allow}
"""


def open_project(
    folder: Path, document: Mapping[str, Any], files: Mapping[str, Any] = MappingProxyType({}), **contracts: str
) -> Project:
    """Return a project with contract files and others, whose document is given."""
    named = {f"contracts/{name}.yaml": text for name, text in contracts.items()}
    write_files(folder, {"contracts.yaml": SETTINGS, "shop.json": document, **named, **files})
    project, problems = read_project(folder)
    assert project is not None, problems
    assert project.contracts, [str(problem) for problem in problems]
    return project


def read_document(folder: Path, name: str, document: Mapping[str, Any]) -> Spec:
    """Return a document that is written to a file."""
    spec, problems = load_spec("shop", write_files(folder, {f"{name}.json": document}), folder)
    assert spec is not None, problems
    return spec


def compare(project: Project | None, old: Spec, new: Spec) -> Impact:
    """Return what changed between two documents; every pointer leads to something in one of them."""
    impact = find_impact(old, new, project, "shop")
    for each in impact.affected:
        find_value((new if each.change.is_in_new else old).document, each.change.pointer)
    return impact


def tell(affected: Iterable[Affected]) -> Told:
    """Return what is told, each kind once."""
    told: Told = {}
    for each in affected:
        assert each.change.kind not in told
        told[each.change.kind] = (each.change.is_breaking, each.scenarios)
    return told
