"""`contracts import`: a contract file on stdout, or into a file; the rest is told on stderr, by the exit code, too."""

import subprocess
import sys
from pathlib import Path

import pytest

from helpers.command import COLD, run_contracts
from helpers.small_projects import write_project

CALLS = """\
curl -X DELETE https://test.example.com/orders/7 -H 'Authorization: Bearer very-secret-1234'
curl https://test.example.com/orders?region=south -H "Authorization: Bearer $SHOP_KEY"
"""
# As the tests of the linter have it.
KEY = {"SHOP_KEY": "very-secret-1234", "REGION": "north"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = write_project(tmp_path)
    (root / "calls.txt").write_text(CALLS, encoding="utf-8")
    return root


def test_what_is_imported_is_checked_and_shown_by_a_dry_run(project: Path) -> None:
    done = run_contracts("import", "calls.txt", cwd=project, **KEY, **COLD)

    assert (done.code, done.stderr) == (
        0,
        "an environment needs credentials: {shopKey_2: $SHOP_KEY}\n2 of 2 requests are steps of 2 scenarios now\n",
    )
    assert "very-secret" not in done.stdout
    (project / "contracts/calls.yaml").write_text(done.stdout, encoding="utf-8")
    settings = (project / "contracts.yaml").read_text(encoding="utf-8")
    named = settings.replace("{shopKey: $SHOP_KEY}", "{shopKey: $SHOP_KEY, shopKey_2: $SHOP_KEY}")
    (project / "contracts.yaml").write_text(named, encoding="utf-8")
    checked = run_contracts("check", cwd=project, **KEY)
    shown = run_contracts("run", "removeOrder", "listOrders", "--dry-run", cwd=project, **KEY)
    assert "calls.yaml" not in checked.stdout
    assert (shown.code, shown.stderr) == (0, "")
    sent = [line.strip() for line in shown.stdout.splitlines() if "https://" in line]
    assert sent == [
        "removeOrder: DELETE https://test.example.com/orders/7  [write]",
        "listOrders: GET https://test.example.com/orders?region=south",
    ]


def test_into_a_file_prints_nothing_on_stdout(project: Path) -> None:
    file = project / "contracts/orders.yaml"
    before = file.read_text(encoding="utf-8")

    done = run_contracts("import", "calls.txt", "--into", "contracts/orders.yaml", cwd=project)

    assert (done.code, done.stdout) == (0, "")
    assert file.read_text(encoding="utf-8").startswith(before)
    assert "\n  - id: removeOrder\n" in file.read_text(encoding="utf-8")


def test_what_is_not_imported_is_told_by_the_exit_code(project: Path) -> None:
    (project / "calls.txt").write_text(f"{CALLS}curl https://test.example.com/nothing\n", encoding="utf-8")

    done = run_contracts("import", "calls.txt", cwd=project)

    assert done.code == 1
    assert done.stderr.startswith("not imported: calls.txt:3: no path of the specs is like its own\n")
    assert done.stdout.startswith("contract: calls\n")


def test_the_standard_input_is_read(project: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "contracts_runner", "import", "-"],
        cwd=project,
        input=b"curl https://test.example.com/nothing",
        capture_output=True,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"none of the requests can be imported\nstdin:1: no path of the specs is like its own\n"
