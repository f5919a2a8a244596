"""A whole project is loaded: what it consists of, and all mistakes at once."""

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest

from contracts_runner.errors import ProjectError
from contracts_runner.project.project import load_project, read_project
from contracts_runner.reading.places import iter_scenarios, iter_sites
from contracts_runner.reading.yaml_tree import MAX_DEPTH
from helpers.project_files import CONTRACT, SETTINGS, SPEC, write_project


def fail_to_load(root: Path) -> list[str]:
    with pytest.raises(ProjectError) as caught:
        load_project(root)
    return str(caught.value).splitlines()


def test_everything_is_loaded_in_the_order_of_paths(tmp_path: Path) -> None:
    names = {"b.yaml": "B", "a/z.yml": "Z", "a.yaml": "A", "c.txt": "C"}
    root = write_project(tmp_path, {f"contracts/{name}": CONTRACT.replace("1.1", id) for name, id in names.items()})

    project = load_project(root)

    assert [scenario.id for scenario in project.scenarios] == ["A", "Z", "B"]
    assert list(project.specs) == ["shop"]


def test_every_file_that_was_read_has_its_hash(tmp_path: Path) -> None:
    root = write_project(tmp_path, {"contracts/a.yaml": CONTRACT})

    files = load_project(root).files

    expected: Mapping[str, str] = {"contracts.yaml": SETTINGS, "spec/shop.yaml": SPEC, "contracts/a.yaml": CONTRACT}
    assert files == {name: hashlib.sha256(text.encode()).hexdigest() for name, text in expected.items()}


def test_places_that_were_let_go_are_read_again(tmp_path: Path) -> None:
    files = {f"contracts/{name}.yaml": CONTRACT.replace("1.1", name) for name in "ab"}
    project = load_project(write_project(tmp_path, files))
    before = {name: document.location(("scenarios",)) for name, document in project.documents.items()}

    project.documents.let_go()

    assert list(project.documents) == ["contracts/a.yaml", "contracts/b.yaml"]
    assert {name: document.location(("scenarios",)) for name, document in project.documents.items()} == before


@pytest.mark.parametrize("most_open", [None, 0])
def test_a_file_with_a_misspelt_key_has_the_places_of_its_contract_when_they_were_let_go(
    tmp_path: Path, most_open: int | None
) -> None:
    root = write_project(
        tmp_path, {"contracts/a.yaml": CONTRACT.replace("steps:", "step:"), "contracts/b.yaml": CONTRACT}
    )
    project, _ = read_project(root, most_open=most_open)

    assert project
    project.documents.let_go()

    sites = [
        iter_sites(*pair)
        for each in project.contracts
        for pair in iter_scenarios(each, project.documents[each.location.path])
    ]
    assert [len([*each]) for each in sites] == [1, 1]


@pytest.mark.parametrize("most_open", [0, 1])
def test_places_of_a_large_project_are_packed_and_the_same(tmp_path: Path, most_open: int) -> None:
    wrong = CONTRACT.replace("1.1", "b").replace("listOrders", "listOrdrs")
    deep = f"{CONTRACT.replace('1.1', 'в')}x-deep: {'[' * (MAX_DEPTH - 2)}{']' * (MAX_DEPTH - 2)}\n"
    root = write_project(tmp_path, {"contracts/a.yaml": deep, "contracts/b.yaml": wrong, "contracts/в.yaml": CONTRACT})

    whole, mistakes = read_project(root)
    packed, same = read_project(root, most_open=most_open)

    assert whole
    assert packed
    assert [*whole.documents] == [*packed.documents]
    assert mistakes == same != []
    pointer = ("scenarios", 0, "steps", 0)
    assert [(each.value, each.location(pointer)) for each in whole.documents.values()] == [
        (each.value, each.location(pointer)) for each in packed.documents.values()
    ]


def test_a_project_without_contracts_is_whole(tmp_path: Path) -> None:
    project = load_project(write_project(tmp_path, {}))

    assert (project.contracts, project.warehouses, project.templates) == ((), (), None)


def test_mistakes_of_all_files_are_reported_at_once_in_order(tmp_path: Path) -> None:
    files = {
        "contracts.yaml": SETTINGS + "jobs: 5\n",
        "contracts/a.yaml": CONTRACT.replace("listOrders", "listOrdrs"),
        "contracts/b.yaml": CONTRACT.replace('"1.1"', "1.10"),
        "contracts/c.yaml": "warehouse: shp\ntables: {a: {engine: 5}}\n",
    }
    root = write_project(tmp_path, files)

    assert fail_to_load(root) == [
        "contracts.yaml:9: contracts.yaml has no key 'jobs'; known: version, specs, contracts, templates, "
        "default_environment, functions, environments",
        "contracts/a.yaml:7: unknown operation 'listOrdrs'; Did you mean 'listOrders'?",
        'contracts/b.yaml:4: 1.10 is read as the number 1.1; write "1.10" in quotes',
        "contracts/c.yaml:1: there is no spec 'shp'; Did you mean 'shop'?",
        'contracts/c.yaml:2: 5 is read as the number 5; write "5" in quotes',
    ]


def test_a_broken_spec_is_reported_with_the_mistakes_of_contracts(tmp_path: Path) -> None:
    files = {"spec/shop.yaml": "openapi: 3.1.0\npaths: [\n", "contracts/a.yaml": CONTRACT + "        expct: {}\n"}
    root = write_project(tmp_path, files)

    lines = fail_to_load(root)

    assert lines[0] == "contracts/a.yaml:8: a step has no key 'expct'; Did you mean 'expect'?"
    assert lines[1].startswith("spec/shop.yaml:3: is not YAML")
    assert len(lines) == 2


def test_mistakes_in_contracts_yaml_alone_are_reported(tmp_path: Path) -> None:
    root = write_project(tmp_path, {"contracts.yaml": "[]"})

    assert fail_to_load(root) == [
        "contracts.yaml:1: the file must be a mapping, not a list; known: version, specs, contracts, templates, "
        "default_environment, functions, environments"
    ]


def test_how_large_a_document_may_be_is_set_in_its_spec(tmp_path: Path) -> None:
    bounded = SETTINGS.replace("spec/shop.yaml", "{document: spec/shop.yaml, max_values: 5}")
    root = write_project(tmp_path, {"contracts.yaml": bounded})

    [line] = fail_to_load(root)

    assert "more than 5 values with all aliases written out; 'max_values' of the spec" in line


def test_a_document_that_was_read_is_kept_where_the_user_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_project(tmp_path / "project", {"contracts/a.yaml": CONTRACT})
    monkeypatch.setenv("CONTRACTS_CACHE", str(tmp_path / "cache"))
    cold = load_project(root)
    entries = list((tmp_path / "cache" / "documents").iterdir())

    warm = load_project(root)
    monkeypatch.setenv("CONTRACTS_CACHE", "off")

    assert len(entries) == 2  # the document, and what was parsed of the other files
    assert warm.files == cold.files == load_project(root).files
    assert warm.specs["shop"].operations == cold.specs["shop"].operations


def test_nothing_that_stands_in_the_project_file_is_kept_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = "\n  other: {base_url: 'http://127.0.0.1:9', credentials: {token: plain-secret-1}}\n"
    settings = SETTINGS.rstrip() + environment
    root = write_project(tmp_path / "project", {"contracts/a.yaml": CONTRACT, "contracts.yaml": settings})
    monkeypatch.setenv("CONTRACTS_CACHE", str(tmp_path / "cache"))

    load_project(root)

    kept = [path.read_bytes() for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    assert any(b"listOrders" in content for content in kept)
    assert not any(b"plain-secret-1" in content or b"default_environment" in content for content in kept)
