"""`contracts report` renders an earlier run again, however it is named and whatever text it holds."""

import json
import shutil
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.audit.files import FolderFiles
from contracts_runner.audit.manifest import check_manifest
from contracts_runner.reporting.formats import FORMATS
from helpers.command import Finished, copy_project, run_contracts
from helpers.forger import find_line
from helpers.golden_run import FAULTS, SANDBOX, forge_golden_run, unpack_golden_run
from helpers.sealing import seal_run

HALF = "a\ud800b"
REPORTS = {"manifest.json", *chain.from_iterable(FORMATS.values())}


def report(*arguments: str, cwd: Path) -> Finished:
    return run_contracts("report", *arguments, "--project", str(copy_project()), cwd=cwd)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run in runs/ of which only the ledger is left."""
    run = unpack_golden_run(FAULTS, tmp_path)
    for path in run.iterdir():
        if path.is_file() and path.name != "ledger.jsonl":
            path.unlink()
    return run


def read_id(run: Path) -> str:
    first = (run / "ledger.jsonl").read_bytes().splitlines()[0]
    return str(json.loads(first)["run"]["id"])


@pytest.mark.parametrize("name", [lambda run: str(run), lambda run: run.name, read_id, lambda run: "last"])
def test_a_run_is_named_by_folder_name_id_or_last(tmp_path: Path, run: Path, name: Callable[[Path], str]) -> None:
    done = report(name(run), cwd=tmp_path)

    assert done.code == 1, done.stderr
    assert {path.name for path in run.iterdir() if path.is_file()} == REPORTS | {"ledger.jsonl"}
    assert list(check_manifest(FolderFiles(run))) == []


def test_the_last_run_may_be_that_of_an_environment(tmp_path: Path, run: Path) -> None:
    other = report("last", "--env", "prod", cwd=tmp_path)
    this = report("last", "--env", "sandbox", cwd=tmp_path)

    assert (other.code, "no run of the environment 'prod'" in other.stderr) == (2, True)
    assert this.code == 1


def test_an_archive_is_unpacked_beside_itself_and_reported(tmp_path: Path, run: Path) -> None:
    archive = seal_run(run)
    shutil.rmtree(run)

    done = report(str(archive), "--force", cwd=tmp_path)

    assert done.code == 1, done.stderr
    assert {path.name for path in run.iterdir()} >= REPORTS
    assert run_contracts("audit", str(archive), cwd=tmp_path).code == 0


def test_an_archive_whose_folder_is_there_is_not_unpacked_over_it(tmp_path: Path, run: Path) -> None:
    archive = seal_run(run)

    done = report(str(archive), "--force", cwd=tmp_path)

    assert done.code == 2
    assert "which exists already" in done.stderr
    assert not (run / "report.html").exists()


def set_step(**values: Any) -> Callable[[list[dict[str, Any]]], None]:
    return lambda lines: find_line(lines, "step_finished")["step"].update(values)


def set_time(lines: list[dict[str, Any]]) -> None:
    lines[0]["at"] = HALF


def set_title(lines: list[dict[str, Any]]) -> None:
    lines[0]["scenarios"][0].update(title=HALF, contract=HALF, source={"document": HALF, "section": HALF})


def set_run(lines: list[dict[str, Any]]) -> None:
    lines[0]["run"].update(environment=HALF, base_url=HALF, command=HALF, platform=HALF, git_commit=HALF)


def set_finding(lines: list[dict[str, Any]]) -> None:
    failure = next(line["row"] for line in lines if line["type"] == "property_finished" and line["row"]["failure"])
    failure["failure"].update(message=HALF, curl=HALF, artifacts=[HALF])


@pytest.mark.parametrize(
    ("edit", "codes"),
    [
        (set_step(artifact=f"artifacts/1.1/{HALF}.json"), {0, 1}),
        (set_step(reason=HALF, operation=HALF), {0, 1}),
        (set_step(outcome=HALF), {3}),
        (set_time, {0, 1, 3}),
        (set_title, {0, 1}),
        (set_run, {0, 1}),
        (set_finding, {0, 1}),
    ],
)
def test_a_half_surrogate_ends_neither_report_nor_audit(
    tmp_path: Path, edit: Callable[[list[dict[str, Any]]], None], codes: set[int]
) -> None:
    forged = forge_golden_run(FAULTS, tmp_path)
    forged.edit_ledger(edit)

    reported = report(str(forged.folder), "--force", cwd=tmp_path)
    audited = run_contracts("audit", str(forged.folder), "--project", str(copy_project()), cwd=tmp_path)

    assert "Traceback" not in reported.stderr + audited.stderr
    assert reported.code in codes, reported.stderr
    assert audited.code in (0, 1), audited.stderr


def test_a_link_to_an_artifact_that_no_file_can_have_is_written_as_its_escape(tmp_path: Path) -> None:
    forged = forge_golden_run(SANDBOX, tmp_path)
    forged.edit_ledger(set_step(artifact="artifacts/\ud800.json"))

    done = report(str(forged.folder), "--force", cwd=tmp_path)

    assert done.code in (0, 1), done.stderr
    assert 'href="./artifacts/%5Cud800.json"' in forged.read("report.html")
