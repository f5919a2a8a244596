"""`contracts run --artifacts`: evidence in one file is found, read and proved as that in files."""

from pathlib import Path

from helpers.command import run_contracts
from helpers.ledger_reader import read_lines
from helpers.servers import always, answer, serve_raw
from helpers.shop import write_project

SCENARIOS = """
- {id: "1", title: It is there, steps: [{name: get, operation: getThing, parameters: {id: 1}}]}
- {id: "2", title: It is not, steps: [{name: get, operation: getThing, parameters: {id: 1}, expect: {status: 404}}]}
"""


def run_shop(folder: Path, form: str) -> Path:
    with serve_raw(always(answer("200 OK", b'{"id": 1, "name": "a"}'))) as service:
        write_project(folder, SCENARIOS, base_url=service.base_url)
        run = run_contracts("run", "--phase", "scenarios", "--artifacts", form, "--output", "runs/out", cwd=folder)
    assert run.outcomes == {"1": "passed", "2": "failed"}
    return folder / "runs" / "out"


def test_packed_evidence_is_read_by_all_that_reads_a_run(tmp_path: Path) -> None:
    out = run_shop(tmp_path, "packed")

    audits = [run_contracts("audit", run, cwd=tmp_path) for run in ("runs/out", "runs/out.zip")]
    draft = run_contracts("new", "--from", "runs/out.zip", "1", "--id", "3", cwd=tmp_path)
    report = run_contracts("report", "runs/out", cwd=tmp_path)
    shown = run_contracts("show", "runs/out.zip", "1", cwd=tmp_path).stdout

    assert [audit.code for audit in audits] == [0, 0], audits
    assert (draft.code, report.code) == (0, 1), (draft, report)
    assert '"url": "http' in shown.partition("artifacts.jsonl#1/1-get.json")[2]
    assert "artifacts.jsonl#1/1-get.json" in run_contracts("show", "1", cwd=tmp_path).stdout
    assert 'href="./artifacts.jsonl#1/1-get.json"' in (out / "report.html").read_text(encoding="utf-8")
    assert not (out / "artifacts").exists()


def test_of_failed_only_what_did_not_pass_has_files(tmp_path: Path) -> None:
    out = run_shop(tmp_path, "failed")

    assert run_contracts("audit", "runs/out", cwd=tmp_path).code == 0
    assert [path.relative_to(out).as_posix() for path in out.rglob("*get.json")] == ["artifacts/2/1-get.json"]
    assert read_lines(out)[0]["run"]["options"]["artifacts"] == "failed"


def test_an_edited_line_of_the_pack_is_told(tmp_path: Path) -> None:
    out = run_shop(tmp_path, "packed")
    pack = out / "artifacts.jsonl"
    # The scenarios ran at the same time: either may have come first.
    before, found, after = pack.read_text(encoding="utf-8").partition('{"artifact":"1/1-get.json"')
    pack.write_text(before + found + after.replace('"attempts":1', '"attempts":2', 1), encoding="utf-8")

    audit = run_contracts("audit", "runs/out", cwd=tmp_path)

    assert audit.code == 1
    assert "scenario 1 step 1: artifact SHA-256" in audit.stdout


def test_what_was_recorded_is_shown_of_files_too(tmp_path: Path) -> None:
    run_shop(tmp_path, "files")

    shown = run_contracts("show", "runs/out", "2", cwd=tmp_path)
    unknown = run_contracts("show", "runs/out", "3", cwd=tmp_path)

    assert (shown.code, '"message": "status 200, expected 404"' in shown.stdout) == (0, True), shown
    assert (unknown.code, "no scenario and no property failure '3'" in unknown.stderr) == (2, True)
    assert run_contracts("show", "runs/out", "2", "3", cwd=tmp_path).code == 2
