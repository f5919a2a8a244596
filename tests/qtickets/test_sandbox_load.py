"""`contracts sandbox load`: the twin's data in a ClickHouse of the user's, with planted defects."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.command import REPOSITORY, run_contracts
from helpers.servers import find_closed_port
from helpers.shop import write_project

if importlib.util.find_spec("chdb") is None:
    pytest.skip("no embedded ClickHouse on this platform: there is no chdb-core for it", allow_module_level=True)

COUNT = """
import clickhouse_connect
client = clickhouse_connect.get_client(interface="chdb", path={path!r})
sql = "SELECT count(), countIf(match(email, '@')) FROM {database}.stg_qtickets_api_clients_raw FINAL"
print(client.query(sql).result_rows)
client.close()
"""


SCENARIO = """
- id: "1"
  title: List the things
  steps:
    - {name: list, operation: listThings}
"""


def count_clients(path: Path, database: str) -> str:
    """Return how many clients there are, and how many have an e-mail; in a process of its own, as the engine wants."""
    script = COUNT.format(path=str(path), database=database)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def test_a_load_with_a_defect_keeps_it_and_a_second_one_must_be_wanted(tmp_path: Path) -> None:
    arguments = ("sandbox", "load", "--dsn", f"chdb://{tmp_path}/warehouse", "--database", "mine")

    first = run_contracts(*arguments, "--defect", "raw-email", cwd=REPOSITORY, PYTHONPROFILEIMPORTTIME="1")
    spoiled = count_clients(tmp_path / "warehouse", "mine")
    refused = run_contracts(*arguments, cwd=REPOSITORY)
    second = run_contracts(*arguments, "--replace", cwd=REPOSITORY)

    assert (first.code, refused.code, second.code) == (0, 2, 0)
    assert first.stdout.splitlines()[-2] == "database mine; defects: raw-email"
    assert refused.stderr.startswith("the database mine has tables, and a load removes what is not the sandbox's")
    # What is imported is on stderr: the client would load pandas for rows that are not sent as JSON, half a second.
    assert "chdb" in first.stderr
    assert "pandas" not in first.stderr
    assert spoiled == "[(118, 118)]"
    assert count_clients(tmp_path / "warehouse", "mine") == "[(118, 0)]"


@pytest.mark.parametrize(
    ("defects", "failed"), [((), set()), (("raw-email",), {"W.3.5", "W.3.6", "W.3.7", "W.3.8", "W.3.9", "W.3.10"})]
)
def test_what_was_loaded_is_verified_against_the_same_data(
    tmp_path: Path, defects: tuple[str, ...], failed: set[str]
) -> None:
    dsn = f"chdb://{tmp_path}/warehouse"
    planted = [word for defect in defects for word in ("--defect", defect)]
    loaded = run_contracts("sandbox", "load", "--dsn", dsn, *planted, cwd=REPOSITORY)
    start = loaded.stdout.rsplit('"', 2)[1]
    copy_project(tmp_path / "project", dsn=dsn, start=start)

    done = run_contracts("verify", "--output", "out", cwd=tmp_path / "project")

    rows = done.results["warehouse"]["checks"]
    # The twin has no plans and no costs.
    empty = {"W.14.2", "W.14.3", "W.23.2"}
    assert {row["id"] for row in rows if row["outcome"] == "skipped"} == empty
    assert {row["id"] for row in rows if row["outcome"] != "passed"} == failed | empty
    assert done.code == (1 if failed else 0)


def copy_project(folder: Path, *, dsn: str, start: str) -> None:
    """Copy this repository's project, with a warehouse that is loaded already and a sandbox that began then."""
    for name in ("spec", "contracts", "reports"):
        shutil.copytree(REPOSITORY / name, folder / name)
    lines = (REPOSITORY / "contracts.yaml").read_text("utf-8").splitlines()
    kept = [line for line in lines if not line.lstrip().startswith(("prepare:", "load:"))]
    text = (
        "\n".join(kept).replace("chdb://memory", dsn).replace("latency: none", f'latency: none, started_at: "{start}"')
    )
    (folder / "contracts.yaml").write_text(text, encoding="utf-8")


def test_the_defects_are_listed_with_what_they_do() -> None:
    done = run_contracts("sandbox", "load", "--list-defects", cwd=REPOSITORY)

    lines = done.stdout.splitlines()
    assert done.code == 0
    assert len(lines) > 25
    assert any(line.split("  ")[0] == "first-page-only" and "first page of every list" in line for line in lines)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            (),
            "chdb://memory is lost when this command ends; name a database to load into, such as --dsn chdb:///tmp/warehouse",
        ),
        (
            ("--dsn", "chdb:///nowhere", "--defect", "raw-emial"),
            "there is no defect 'raw-emial'; Did you mean 'raw-email'?",
        ),
        (("--dsn", "ftp://x"), "nothing was loaded: the DSN must be chdb://memory,"),
        (("--env", "prod"), "the environment 'prod' has no sandbox; environments with a sandbox: sandbox"),
    ],
)
def test_what_cannot_be_loaded_is_said(arguments: tuple[str, ...], message: str) -> None:
    done = run_contracts("sandbox", "load", *arguments, cwd=REPOSITORY)

    assert (done.code, done.stdout) == (2, "")
    assert done.stderr.startswith(message)


def test_a_server_that_is_not_there_is_said() -> None:
    done = run_contracts("sandbox", "load", "--dsn", f"http://127.0.0.1:{find_closed_port()}/x", cwd=REPOSITORY)

    assert (done.code, done.stderr.strip()) == (2, "nothing was loaded: connection refused")


def test_an_environment_without_a_loader_is_said(tmp_path: Path) -> None:
    write_project(tmp_path, SCENARIO, base_url="sandbox", more_settings="sandbox: {app: 'shop:make'}")

    done = run_contracts("sandbox", "load", "--dsn", "chdb:///nowhere", cwd=tmp_path)

    assert done.code == 2
    assert "names no loader" in done.stderr
