"""`contracts import` of an Arazzo document: beside other files, into a file that is there, and what was exported."""

from pathlib import Path

from helpers.command import run_contracts
from helpers.small_projects import write_project

KEY = {"SHOP_KEY": "very-secret-1234", "REGION": "north"}


def test_what_was_exported_is_a_contract_again(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    run_contracts("export", "1", "--format", "arazzo", "--output", "shop.arazzo.json", cwd=root, **KEY)

    done = run_contracts("import", "shop.arazzo.json", cwd=root, **KEY)

    assert done.stderr == "3 steps of 1 workflow are scenarios now\n"
    assert (done.code, done.stdout.startswith("contract: shop\nspec: shop\n")) == (0, True)
    (root / "contracts/orders.yaml").write_text(done.stdout, encoding="utf-8")
    checked = run_contracts("check", cwd=root, **KEY)
    assert "0 errors" in checked.stdout


def test_workflows_are_added_to_a_file(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    workflow = "{workflowId: регионы, summary: Регионы, steps: [{stepId: list, operationId: listRegions}]}"
    (root / "a.yaml").write_text(
        f"arazzo: 1.0.0\nsourceDescriptions: [{{name: shop, url: s.yaml}}]\nworkflows: [{workflow}]\n", encoding="utf-8"
    )

    done = run_contracts("import", "a.yaml", "--into", "contracts/orders.yaml", cwd=root, **KEY)

    assert (done.code, done.stdout) == (0, "")
    assert "\n  - id: регионы\n    title: Регионы\n" in (root / "contracts/orders.yaml").read_text(encoding="utf-8")


def test_a_document_beside_other_files_is_wrong_use(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    (root / "a.yaml").write_text("arazzo: 1.0.0\n", encoding="utf-8")
    (root / "calls.txt").write_text("curl https://test.example.com/orders\n", encoding="utf-8")

    done = run_contracts("import", "a.yaml", "calls.txt", cwd=root, **KEY)

    told = "a.yaml is an Arazzo document, calls.txt is not; import them one after the other\n"
    assert (done.code, done.stderr) == (2, told)
