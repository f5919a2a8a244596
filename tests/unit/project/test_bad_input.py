"""Whatever an author writes becomes problems, never an exception: valid files with one part replaced."""

import copy
import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts_runner.engine.environment_check import check_environment
from contracts_runner.errors import ProjectError, SourceLocation
from contracts_runner.project.contract.contracts import read_contract
from contracts_runner.project.contract.warehouse_contracts import read_warehouse_contract
from contracts_runner.project.project import Project, load_project
from contracts_runner.project.references.references import check_references
from contracts_runner.project.settings.environments import resolve_environment
from contracts_runner.project.settings.settings import load_settings
from contracts_runner.reading.yaml_source import parse_yaml

EXAMPLES = Path(__file__).parents[2] / "acceptance" / "contracts"
EVERYTHING = yaml.safe_load((EXAMPLES / "valid" / "everything.yaml").read_text(encoding="utf-8"))
WAREHOUSE = yaml.safe_load((EXAMPLES / "valid" / "warehouse.yaml").read_text(encoding="utf-8"))
SETTINGS = yaml.safe_load((EXAMPLES / "project" / "contracts.yaml").read_text(encoding="utf-8"))

Pointer = tuple[Any, ...]


def iter_pointers(value: Any, pointer: Pointer = ()) -> Iterator[Pointer]:
    yield pointer
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in entries:
        yield from iter_pointers(child, (*pointer, key))


def put(value: Any, pointer: Pointer, replacement: Any) -> Any:
    if not pointer:
        return replacement
    value = copy.deepcopy(value)
    parent = value
    for part in pointer[:-1]:
        parent = parent[part]
    parent[pointer[-1]] = replacement
    return value


words = st.sampled_from(["", "$", "$.a", "${", "${x}", "${now+1h}", "2xx", "3s", "GET /a/{b}", "no", "2027-01-01", "("])
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words
anything = st.recursive(
    scalars | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words | st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


def mutations(value: Any) -> st.SearchStrategy[str]:
    """Texts of the value with one part replaced by anything."""
    mutated = st.builds(
        lambda pointer, part: put(value, pointer, part), st.sampled_from(list(iter_pointers(value))), anything
    )
    return mutated.map(lambda changed: yaml.safe_dump(changed, allow_unicode=True, sort_keys=False))


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(EXAMPLES / "project")


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(text=mutations(EVERYTHING))
def test_a_contract_file_gives_problems(project: Project, text: str) -> None:
    document = parse_yaml(text, "contracts/a.yaml")

    contract, problems = read_contract(document)
    if contract:
        changed = dataclasses.replace(project, contracts=(contract,), documents={document.name: document})
        problems += check_references(changed)
        environment = resolve_environment(project.settings, "prod", {})
        problems += check_environment(changed, changed.scenarios, environment)

    assert contract is not None or problems
    assert all(isinstance(problem.location, SourceLocation) and problem.message for problem in problems)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(text=mutations(WAREHOUSE))
def test_a_warehouse_contract_gives_problems(project: Project, text: str) -> None:
    document = parse_yaml(text, "contracts/a.yaml")

    contract, problems = read_warehouse_contract(document)
    if contract:
        changed = dataclasses.replace(
            project, warehouses=(contract,), documents={document.name: document}, contracts=()
        )
        problems += check_references(changed)

    assert contract is not None or problems
    assert all(isinstance(problem.location, SourceLocation) and problem.message for problem in problems)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=mutations(SETTINGS))
def test_contracts_yaml_gives_problems(tmp_path: Path, text: str) -> None:
    (tmp_path / "contracts").mkdir(exist_ok=True)
    (tmp_path / "contracts.yaml").write_text(text, encoding="utf-8")

    result, problems = load_settings(tmp_path)
    for name in result.environments if result and not problems else ():
        try:
            resolve_environment(result, name, {})
        except ProjectError as error:
            problems += error.problems

    assert result is not None or problems
    assert all(isinstance(problem.location, SourceLocation) and problem.message for problem in problems)
