"""`contracts new OPERATION`: a scenario to finish, printed as a whole file or written into one."""

from pathlib import Path

import pytest

from helpers.command import run_contracts
from helpers.small_projects import FILES, write_project

ADDED = """\

  - id: createOrder.lifecycle
    title: What createOrder makes can be read and removed
    tags: [generated, 'guess:body']
    steps:
      # guess: the body is made up from its schema
      - name: make
        operation: createOrder
        body: {sku: a, quantity: 1}
        expect: {status: 201}
        capture: {id: $.data.id}
      - name: read
        operation: getOrder
        parameters: {id: '${id}'}
        expect:
          status: 200
          body: {$.data.id: '${id}'}
    cleanup:
      - name: remove
        operation: removeOrder
        parameters: {id: '${id}'}
        expect: {status: 204}
"""


def test_a_scenario_is_printed_as_a_whole_file_that_checks(tmp_path: Path) -> None:
    root = write_project(tmp_path)

    done = run_contracts("new", "GET /orders/{id}", cwd=root)
    (root / "contracts" / "new.yaml").write_text(done.stdout)
    checked = run_contracts("check", cwd=root)

    assert done.stdout.startswith("contract: getOrder\nspec: shop\nsource: {document: spec.yaml}\nscenarios:\n")
    assert "operation: listOrders\n        parameters: {region: north}\n" in done.stdout
    assert checked.code == 0, checked.stdout


def test_a_scenario_is_written_into_a_file_whose_layout_stays(tmp_path: Path) -> None:
    root = write_project(tmp_path)

    first = run_contracts("new", "createOrder", "--into", "contracts/orders.yaml", cwd=root)
    second = run_contracts("new", "createOrder", "--into", "orders.yaml", cwd=root / "contracts")
    new = run_contracts("new", "createOrder", "--into", "contracts/new/file.yaml", cwd=root)
    checked = run_contracts("check", cwd=root)

    text = (root / "contracts" / "orders.yaml").read_text(encoding="utf-8")
    assert (first.code, second.code, new.code, checked.code) == (0, 0, 0, 0), checked.stdout
    assert first.stderr == "contracts/orders.yaml: written; `contracts check` tells what is left to do\n"
    # The scenarios of this file follow each other without a blank line.
    added = (ADDED + ADDED.replace("lifecycle", "lifecycle.2")).replace("\n\n", "\n")
    assert text == FILES["contracts/orders.yaml"] + added.removeprefix("\n")
    assert (root / "contracts" / "new" / "file.yaml").read_text().startswith("contract: file\nspec: shop\n")


def test_in_a_file_about_another_spec_the_steps_name_theirs(tmp_path: Path) -> None:
    settings = FILES["contracts.yaml"].replace("{shop: spec.yaml}", "{shop: spec.yaml, other: spec.yaml}")
    item = "- {id: o, title: O, steps: [{operation: listRegions}]}\n"
    other = f"contract: other\nspec: other\nsource: {{document: d}}\nscenarios:\n{item}"
    root = write_project(tmp_path, {"contracts.yaml": settings, "contracts/other.yaml": other})

    unclear = run_contracts("new", "listRegions", "--into", "contracts/other.yaml", cwd=root)
    done = run_contracts("new", "listRegions", "--spec", "shop", "--into", "contracts/other.yaml", cwd=root)
    checked = run_contracts("check", cwd=root)

    assert (unclear.code, unclear.stderr) == (
        2,
        "several specs have the operation 'listRegions': shop, other; choose one with --spec\n",
    )
    assert (done.code, checked.code) == (0, 0), checked.stdout
    assert "  - spec: shop\n      operation: listRegions\n" in (root / "contracts" / "other.yaml").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("getOder",), "no spec has the operation 'getOder'; Did you mean 'getOrder'?"),
        (("getOrder", "--spec", "shp"), "there is no spec 'shp'; Did you mean 'shop'?"),
        (("getOrder", "--into", "other.yaml"), "other.yaml is no contract file: those are YAML files below"),
        (("getOrder", "--into", "contracts/warehouse.yaml"), "scenarios cannot be added below its `scenarios`"),
    ],
)
def test_what_cannot_be_made_is_told(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    root = write_project(tmp_path)

    done = run_contracts("new", *arguments, cwd=root)

    assert done.code == 2
    assert message in done.stderr
