"""`contracts check` as a user meets it: what it prints where, and its exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.command import run_contracts
from helpers.shop import write_project

GOOD = """
- id: "1"
  title: Things can be listed, added and removed
  steps:
    - {name: list, operation: listThings, expect: {status: 200}}
    - {name: add, operation: addThing, body: {name: a}, expect: {status: 201}, capture: {added: $.id}}
    - {name: read, operation: getThing, parameters: {id: "${thing}"}, expect: {status: 200, body: {$.name: a}}}
  cleanup:
    - {operation: removeThing, parameters: {id: "${added}"}}
"""
TYPO = GOOD.replace("body: {$.name: a}", "bdy: {$.name: a}")
UNUSED = GOOD.replace("listThings, expect: {status: 200}", "listThings, capture: {all: $.data}")
URL = "https://test.example.com"


def test_a_good_project_has_no_errors_and_exit_0(tmp_path: Path) -> None:
    write_project(tmp_path, GOOD, base_url=URL)

    finished = run_contracts("check", cwd=tmp_path)

    assert (finished.code, finished.stderr) == (0, "")
    assert finished.stdout == "0 errors, 0 warnings in 1 scenario and 4 operations\n"


def test_an_error_is_told_with_file_and_line_and_exit_2(tmp_path: Path) -> None:
    write_project(tmp_path, TYPO, base_url=URL)

    finished = run_contracts("check", cwd=tmp_path)

    assert finished.code == 2
    assert finished.stdout.splitlines() == [
        "contracts/things.yaml:11: an expectation has no key 'bdy'; Did you mean 'body'?",
        "1 error, 0 warnings in 1 scenario and 4 operations",
    ]


def test_a_misspelt_capture_is_told_once(tmp_path: Path) -> None:
    write_project(tmp_path, GOOD.replace("${added}", "${aded}"), base_url=URL)

    finished = run_contracts("check", cwd=tmp_path)

    assert [line for line in finished.stdout.splitlines() if "aded}" in line] == [
        "contracts/things.yaml:13: '${aded}' has no value; Did you mean 'added'?"
    ]
    assert "1 error" in finished.stdout


def test_json_is_one_object_on_stdout(tmp_path: Path) -> None:
    write_project(tmp_path, TYPO, base_url=URL)

    finished = run_contracts("check", "--format", "json", cwd=tmp_path)

    found = json.loads(finished.stdout)
    assert (finished.code, found["ok"], found["operations"], found["scenarios"]) == (2, False, 4, 1)
    assert [(row["file"], row["line"], row["rule"], row["severity"]) for row in found["problems"]] == [
        ("contracts/things.yaml", 11, "form", "error")
    ]


def test_github_gets_annotations_with_paths_from_the_repository(tmp_path: Path) -> None:
    write_project(tmp_path / "api", TYPO, base_url=URL)

    finished = run_contracts("check", "--format", "github", "--project", "api", cwd=tmp_path)

    assert finished.code == 2
    assert finished.stdout.startswith("::error file=api/contracts/things.yaml,line=11,title=form::an expectation has")
    assert "1 error" in finished.stderr


@pytest.mark.parametrize(("arguments", "code"), [((), 0), (("--strict",), 2)])
def test_warnings_fail_only_a_strict_check(tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    write_project(tmp_path, UNUSED, base_url=URL)

    finished = run_contracts("check", *arguments, cwd=tmp_path)

    assert finished.code == code
    assert "warning: the capture 'all' is never used" in finished.stdout


def test_settings_that_cannot_be_read_are_an_error_in_the_same_form(tmp_path: Path) -> None:
    (tmp_path / "contracts.yaml").write_text("version: [\n", encoding="utf-8")

    finished = run_contracts("check", "--format", "json", cwd=tmp_path)

    assert finished.code == 2
    assert [row["file"] for row in json.loads(finished.stdout)["problems"]] == ["contracts.yaml"]


def test_a_folder_without_a_project_is_wrong_use(tmp_path: Path) -> None:
    finished = run_contracts("check", "--project", str(tmp_path), cwd=tmp_path)

    assert (finished.code, finished.stdout) == (2, "")
    assert "contracts.yaml" in finished.stderr


def test_variables_that_are_not_set_are_no_problem(tmp_path: Path) -> None:
    write_project(tmp_path, GOOD, base_url="$NOWHERE_URL", more_settings="ca_bundle: $NO_BUNDLE\njobs: $NO_JOBS")

    assert run_contracts("check", cwd=tmp_path).code == 0


@pytest.mark.parametrize("place", ["process", ".env"])
def test_a_base_url_from_a_variable_is_compared_with_the_servers_of_the_document(tmp_path: Path, place: str) -> None:
    write_project(tmp_path, GOOD, base_url="$THINGS_URL")
    spec = tmp_path / "spec.yaml"
    spec.write_text(f"{spec.read_text(encoding='utf-8')}servers: [{{url: {URL}/v3}}]\n", encoding="utf-8")
    if place == ".env":
        (tmp_path / ".env").write_text(f"THINGS_URL={URL}\n", encoding="utf-8")

    finished = run_contracts("check", cwd=tmp_path, **({"THINGS_URL": URL} if place == "process" else {}))

    assert finished.code == 0
    assert "differs in its path from the servers of spec 'things': /v3" in finished.stdout


def test_watch_tells_after_each_change_what_is_wrong_now(tmp_path: Path) -> None:
    write_project(tmp_path, GOOD, base_url=URL)
    contract = tmp_path / "contracts/things.yaml"
    good = contract.read_text(encoding="utf-8")

    def read_check() -> list[str]:
        assert process.stdout is not None
        assert process.stdout.readline() == "checked:\n"
        lines = list[str]()
        while not lines or not lines[-1].endswith("; waiting for changes"):
            lines.append(process.stdout.readline().rstrip("\n"))
        return lines

    command = [sys.executable, "-m", "contracts_runner", "check", "--watch"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        first = read_check()
        contract.write_text(good.replace("body: {$.name: a}", "bdy: {$.name: a}"), encoding="utf-8")
        broken = read_check()
        contract.write_text(good, encoding="utf-8")
        mended = read_check()
        process.terminate()

    assert first == mended == ["0 errors, 0 warnings in 1 scenario and 4 operations; waiting for changes"]
    assert broken[0] == "contracts/things.yaml:11: an expectation has no key 'bdy'; Did you mean 'body'?"


def test_write_schema_writes_what_an_editor_checks_by(tmp_path: Path) -> None:
    write_project(tmp_path, GOOD, base_url=URL)

    first = run_contracts("check", "--write-schema", cwd=tmp_path)
    again = run_contracts("check", "--write-schema", cwd=tmp_path)

    schema = json.loads((tmp_path / "schema/contract.schema.json").read_text(encoding="utf-8"))
    assert schema["$defs"]["operationName"]["anyOf"][0]["enum"] == ["addThing", "getThing", "listThings", "removeThing"]
    assert first.stderr == "schema/contract.schema.json: written\nschema/project.schema.json: written\n"
    assert (again.code, again.stderr) == (0, "")
