"""`contracts replay` and `contracts new --from` take a finding from any run, however it is named."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from helpers.command import COLD, Finished, copy_project, run_contracts
from helpers.golden_run import FAULTS, unpack_golden_run
from helpers.sealing import seal_run
from helpers.servers import always, answer, serve_raw
from helpers.shop import READ, write_project

HALF = "a\ud800b"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return unpack_golden_run(FAULTS, tmp_path)


def find_failure(run: Path) -> dict[str, Any]:
    rows = json.loads((run / "results.json").read_text(encoding="utf-8"))["properties"]
    failure: dict[str, Any] = next(row for row in rows if row["failure"])
    return failure


def call(command: str, *arguments: str, cwd: Path, **environ: str) -> Finished:
    return run_contracts(command, *arguments, "--project", str(copy_project()), cwd=cwd, **environ)


def test_a_finding_of_the_last_run_is_sent_again(tmp_path: Path, run: Path) -> None:
    row = find_failure(run)

    done = call("replay", "last", row["id"], cwd=tmp_path, **COLD)

    # The faults that the run had planted are not there.
    assert (done.code, done.stdout.splitlines()[-1]) == (0, f"{row['check']} does not fail again"), done.stderr


def test_a_finding_in_an_archive_is_sent_again(tmp_path: Path, run: Path) -> None:
    row = find_failure(run)
    archive = seal_run(run)
    shutil.rmtree(run)

    done = call("replay", str(archive), row["id"], cwd=tmp_path)

    assert (done.code, done.stdout.splitlines()[-1]) == (0, f"{row['check']} does not fail again"), done.stderr
    assert not run.exists()


def test_a_finding_whose_evidence_is_packed_is_sent_again(tmp_path: Path) -> None:
    more = "properties: {phases: [coverage], operations: [addThing]}"
    with serve_raw(always(answer("500 Internal Server Error", b"{}"))) as service:
        write_project(tmp_path, READ, base_url=service.base_url, more_settings=more)
        run = run_contracts(
            "run", "--phase", "properties", "--artifacts", "packed", "--output", "runs/out", cwd=tmp_path
        )
        row = find_failure(run.folder)
        sent = len(service.requests)
        done = run_contracts("replay", "runs/out.zip", row["id"], cwd=tmp_path)

    assert not (run.folder / "artifacts").exists()
    assert (done.code, done.stdout.splitlines()[-1].partition(":")[0]) == (1, f"{row['check']} fails again"), done
    assert len(service.requests) - sent == len(row["failure"]["steps"])


def test_a_scenario_is_made_of_a_finding_of_any_name_of_the_run(tmp_path: Path, run: Path) -> None:
    identifier = find_failure(run)["id"]
    archive = seal_run(run)

    names = (str(run), run.name, "last", str(archive))
    made = [call("new", identifier, "--from", name, cwd=tmp_path) for name in names]

    assert {done.code for done in made} == {0}, made
    assert len({done.stdout for done in made}) == 1
    assert "\n  - id: NEW.1\n" in made[0].stdout


@pytest.mark.parametrize("command", [("replay", "nowhere", "x"), ("new", "x", "--from", "nowhere")])
def test_a_run_that_is_not_there_is_told(tmp_path: Path, run: Path, command: tuple[str, ...]) -> None:
    done = call(*command, cwd=tmp_path)

    assert (done.code, done.stdout) == (2, "")
    assert f"there is no run 'nowhere', neither as a path nor in runs (the latest: {run.name})" in done.stderr


@pytest.mark.parametrize("command", [("replay", "last", "ID"), ("new", "ID", "--from", "last")])
def test_a_check_that_only_another_version_has_is_named(tmp_path: Path, run: Path, command: tuple[str, ...]) -> None:
    row = find_failure(run)
    text = (run / "results.json").read_text(encoding="utf-8")
    changed = text.replace(f'"check": "{row["check"]}"', '"check": "tidiness"')
    (run / "results.json").write_text(changed, encoding="utf-8")

    done = call(*(row["id"] if part == "ID" else part for part in command), cwd=tmp_path)

    assert (done.code, done.stdout) == (2, "")
    assert "cannot be read: unknown check 'tidiness'" in done.stderr


@pytest.mark.parametrize("text", ["{", "[]", '{"properties": 1}', '{"properties": [{}]}'])
def test_results_that_are_not_those_of_a_run_are_told(tmp_path: Path, run: Path, text: str) -> None:
    (run / "results.json").write_text(text, encoding="utf-8")

    for command in (("replay", "last", "x"), ("new", "x", "--from", "last")):
        done = call(*command, cwd=tmp_path)
        assert (done.code, "cannot be read" in done.stderr, "Traceback" in done.stderr) == (2, True, False)


def edit_artifact(run: Path, **request: Any) -> None:
    path = run / find_failure(run)["failure"]["artifacts"][0]
    document = json.loads(path.read_text(encoding="utf-8"))
    document["request"].update(request)
    path.write_text(json.dumps(document), encoding="utf-8")


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"url": HALF}, 2),
        ({"body": HALF}, 0),
        ({"headers": [["X-Half", HALF]]}, 0),
    ],
)
def test_a_half_surrogate_in_a_request_ends_no_command(
    tmp_path: Path, run: Path, request_: dict[str, Any], code: int
) -> None:
    edit_artifact(run, **request_)
    identifier = find_failure(run)["id"]

    replayed = call("replay", "last", identifier, cwd=tmp_path)
    made = call("new", identifier, "--from", "last", cwd=tmp_path)

    assert "Traceback" not in replayed.stderr + made.stderr
    assert replayed.code in {code, 3}, replayed.stderr
    assert made.code == 0, made.stderr


def test_half_surrogates_in_results_end_no_command(tmp_path: Path, run: Path) -> None:
    path = run / "results.json"
    results = json.loads(path.read_text(encoding="utf-8"))
    row = next(row for row in results["properties"] if row["failure"])
    row.update(check=HALF, reason=HALF)
    row["failure"].update(message=HALF, title=HALF)
    results["scenarios"][0].update(outcome=HALF, reason=HALF)
    path.write_text(json.dumps(results), encoding="utf-8")

    commands = (
        ("replay", "last", row["id"]),
        ("new", row["id"], "--from", "last"),
        ("show", results["scenarios"][0]["id"]),
    )
    for command in commands:
        done = call(*command, cwd=tmp_path)
        assert (done.code in (0, 2), "Traceback" in done.stderr) == (True, False), done.stderr
