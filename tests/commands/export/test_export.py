"""`contracts export`: a document on stdout, or in a file; what is not carried is told on stderr."""

import json
from pathlib import Path

import pytest

from contracts_runner.reading.yaml_source import parse_yaml
from helpers.arazzo_schema import find_mistakes
from helpers.command import COLD, run_contracts
from helpers.small_projects import plant, write_project

KEY = {"SHOP_KEY": "very-secret-1234", "REGION": "north"}


def test_scenarios_are_printed_as_a_document_without_a_secret(tmp_path: Path) -> None:
    root = write_project(tmp_path)

    done = run_contracts("export", "--format", "arazzo", cwd=root, **KEY, **COLD)

    document = parse_yaml(done.stdout, "a.yaml").value
    assert (done.code, find_mistakes(document)) == (0, [])
    assert [each["x-contracts-id"] for each in document["workflows"]] == ["1", "2"]
    assert document["sourceDescriptions"][0]["url"] == "spec.yaml"
    assert "very-secret" not in done.stdout
    told = "6 steps of 2 scenarios; 4 of their promises are not carried, each is listed as x-contracts-not-carried\n"
    assert done.stderr == told


def test_a_file_says_where_the_specs_are_from_where_it_is(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    (tmp_path / "заказы").mkdir()
    target = tmp_path / "заказы/shop.arazzo.json"

    done = run_contracts("export", "1", "--format", "arazzo", "--output", str(target), cwd=root, **KEY)

    document = json.loads(target.read_text(encoding="utf-8"))
    assert (done.code, done.stdout) == (0, "")
    assert document["sourceDescriptions"][0]["url"] == "../project/spec.yaml"
    assert [each["x-contracts-id"] for each in document["workflows"]] == ["1"]


def test_a_scenario_that_is_not_there_to_its_end_is_told_by_the_exit_code(tmp_path: Path) -> None:
    root = write_project(tmp_path)

    done = run_contracts("export", "--format", "arazzo", "--env", "prod", cwd=root, **KEY)

    assert done.code == 1
    assert done.stderr.startswith("2: not carried: step 'make': not sent: createOrder writes")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["2", "--env", "prod"], "none of the scenarios can be said in Arazzo\n2: not carried: "),
        (["3"], "nothing matches '3'"),
        (["--env", "tset"], "there is no environment 'tset'; Did you mean 'test'?"),
        (["--tag", "none"], "no scenario has the tag 'none'"),
    ],
)
def test_where_there_is_nothing_to_export_nothing_is_written(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    done = run_contracts("export", "--format", "arazzo", *arguments, cwd=write_project(tmp_path), **KEY)

    assert (done.code, done.stdout) == (2, "")
    assert message in done.stderr


def test_a_document_that_would_hold_a_credential_is_not_written(tmp_path: Path) -> None:
    root = write_project(
        tmp_path, plant("contracts/orders.yaml", "{sku: A-1, quantity: 1}", "{sku: very-secret-1234, quantity: 1}")
    )

    done = run_contracts("export", "--format", "arazzo", "--output", "a.yaml", cwd=root, **KEY)

    assert done.code == 2
    assert "would hold a credential (shopKey)" in done.stderr
    assert not (root / "a.yaml").exists()
