"""`properties:` of a contract file: the form of accepted findings, and what they name."""

from pathlib import Path

import pytest

from contracts_runner.errors import ProjectError
from helpers.project_files import load_sound
from helpers.shop import write_project

ENTRY = """
contract: accepted
spec: things
properties:
  known:
    - operation: {operation}
      check: {check}
      because: It has always been so.
      until: {until}
      environments: [{environment}]
"""


def write_entry(folder: Path, **changes: str) -> Path:
    values = {"operation": "getThing", "check": "not_a_server_error", "until": "2030-01-01", "environment": "here"}
    root = write_project(folder, "- {id: '1', title: One, steps: [{operation: listThings}]}", base_url="http://h")
    (root / "contracts" / "accepted.yaml").write_text(ENTRY.format(**{**values, **changes}), encoding="utf-8")
    return root


@pytest.mark.parametrize("operation", ["getThing", "GET /things/{id}", "get*"])
def test_an_entry_names_an_operation_or_several(tmp_path: Path, operation: str) -> None:
    project = load_sound(write_entry(tmp_path, operation=f'"{operation}"'))

    (entry,) = project.known_properties

    assert (entry.operation, entry.check, str(entry.until)) == (operation, "not_a_server_error", "2030-01-01")
    assert str(entry.location) == "contracts/accepted.yaml:6"


def test_a_contract_file_may_hold_accepted_findings_only(tmp_path: Path) -> None:
    project = load_sound(write_entry(tmp_path))

    assert [contract.name for contract in project.contracts if not contract.scenarios] == ["accepted"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"operation": "getThings"}, "there is no operation 'getThings'; Did you mean 'getThing'?"),
        ({"check": "no_server_error"}, "'check' cannot be 'no_server_error'; Did you mean 'not_a_server_error'?"),
        ({"environment": "her"}, "there is no environment 'her'; Did you mean 'here'?"),
        ({"until": "soon"}, "'soon' is not a day"),
        ({"until": "2030-01-01\n      since: 2030-01-02"}, "'until' is before 'since' (2030-01-02)"),
        ({"until": "2030-01-01\n      instead: '2'"}, "there is no scenario '2'"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    with pytest.raises(ProjectError) as caught:
        load_sound(write_entry(tmp_path, **changes))

    assert str(caught.value).startswith("contracts/accepted.yaml:")
    assert message in str(caught.value)


def write_part(folder: Path, check: str, part: str) -> Path:
    root = write_entry(folder, check=check)
    file = root / "contracts" / "accepted.yaml"
    text = file.read_text(encoding="utf-8").replace(
        "      because", f"      in: {part}\n      rare: true\n      because"
    )
    file.write_text(text, encoding="utf-8")
    return root


def test_an_entry_may_be_about_a_part_of_the_request_and_rare(tmp_path: Path) -> None:
    project = load_sound(write_part(tmp_path, "negative_data_rejection", "path"))

    (entry,) = project.known_properties

    assert (entry.part, entry.is_rare) == ("path", True)


@pytest.mark.parametrize(
    ("check", "part", "message"),
    [
        ("not_a_server_error", "path", "only negative_data_rejection is about a part of the request"),
        ("negative_data_rejection", "paths", "'in' cannot be 'paths'; Did you mean 'path'?"),
    ],
)
def test_a_mistaken_part_is_told(tmp_path: Path, check: str, part: str, message: str) -> None:
    root = write_part(tmp_path, check, part)

    with pytest.raises(ProjectError) as caught:
        load_sound(root)

    assert message in str(caught.value)


def test_an_entry_without_its_reason_is_a_mistake(tmp_path: Path) -> None:
    root = write_entry(tmp_path)
    file = root / "contracts" / "accepted.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("because", "reason"), encoding="utf-8")

    with pytest.raises(ProjectError, match="a known finding needs the key 'because'"):
        load_sound(root)
