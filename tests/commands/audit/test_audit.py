"""`contracts audit` as a user calls it: what it is given, what it prints, how it ends; and runs of every ending."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.audit.run_audit import audit_folder
from contracts_runner.project.root import list_template_folders
from contracts_runner.reporting.formats import FORMATS, REPORTS
from contracts_runner.reporting.template_files import hash_templates
from contracts_runner.run.audit import build_tool
from contracts_runner.run.finish import write_reports
from helpers.audited_run import share_run
from helpers.command import Finished, run_contracts
from helpers.forger import Forger
from helpers.sealing import seal_run
from helpers.servers import find_closed_port, serve_wsgi
from helpers.shop import write_project

GOLDEN = Path(__file__).parents[2] / "helpers" / "golden" / "0.1.0"
READ = """
- id: "1.1"
  title: One thing
  steps: [{name: read, operation: getThing, parameters: {id: 1}}]
- id: "1.2"
  title: Another thing
  steps: [{name: add, operation: addThing, body: {name: a}}]
"""


def serve_thing(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"id": 1, "name": "a"}).encode()]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one run in its runs/."""
    folder = tmp_path_factory.mktemp("project")
    with serve_wsgi(serve_thing) as base_url:
        write_project(folder, READ, base_url=base_url, writes="block")
        done = run_contracts("run", cwd=folder)
    assert done.code == 0, done.stderr
    head = read_head(find_run_folder(folder))
    assert f"head of the ledger: {head}\n" in done.stdout
    assert json.loads((find_run_folder(folder) / "results.json").read_bytes())["head"] == head
    return folder


def find_run_folder(project: Path) -> Path:
    return next(path for path in (project / "runs").iterdir() if path.is_dir())


def read_head(folder: Path) -> str:
    return hashlib.sha256((folder / "ledger.jsonl").read_bytes().splitlines()[-1]).hexdigest()


def audit(*arguments: str, cwd: Path) -> Finished:
    return run_contracts("audit", *arguments, cwd=cwd)


def test_a_run_is_named_by_folder_archive_name_id_or_last(project: Path) -> None:
    run = find_run_folder(project)

    for name in (str(run), f"{run}.zip", run.name, run.name.rpartition("-")[2], "last"):
        done = audit(name, cwd=project)
        assert (done.code, done.stdout.splitlines()[-1]) == (0, "everything holds"), done.stdout + done.stderr


def test_the_text_says_what_was_looked_at_and_what_it_means(project: Path) -> None:
    done = audit(find_run_folder(project).name, cwd=project)

    assert "2 scenarios" in done.stdout
    assert f"the ledger means exit code 0\nhead of the ledger: {read_head(find_run_folder(project))}\n" in done.stdout


def test_json_is_one_object_on_stdout(project: Path) -> None:
    done = audit(find_run_folder(project).name, "--format", "json", cwd=project)

    assert (done.code, json.loads(done.stdout)) == (0, {"ok": True, "violations": []})


@pytest.fixture
def forged(project: Path, tmp_path: Path) -> Forger:
    forged = Forger(find_run_folder(project), tmp_path)
    forged.replace("report.md", r"\| passed \| 200", "| passed | 418")
    forged.sign()
    return forged


def test_a_violation_is_exit_1_and_a_line(forged: Forger, tmp_path: Path) -> None:
    done = audit(str(forged.folder), cwd=tmp_path)

    line = 1 + forged.read("report.md").split("| passed | 418")[0].count("\n")
    assert done.code == 1, done.stderr
    where, printed, recomputed = re.fullmatch(
        r"(\S+): text: printed (.*), recomputed (.*)", done.stdout.splitlines()[0]
    ).groups()
    assert where == f"report.md:{line}"
    assert "| passed | 418 |" in printed
    assert printed.replace("418", "200") == recomputed
    assert done.stdout.splitlines()[-1] == "1 figure that does not hold"


@pytest.mark.parametrize("name", [name for report in REPORTS for name in FORMATS[report]])
def test_an_added_line_is_noticed_in_the_files_of_every_format(project: Path, tmp_path: Path, name: str) -> None:
    forged = Forger(find_run_folder(project), tmp_path)
    forged.write(name, forged.read(name) + "and more\n")
    forged.sign()

    found = audit_folder(forged.folder, build_tool(project)).violations

    assert [(each.figure, each.file) for each in found] == [("text", name)]


def test_a_violation_as_json(forged: Forger, tmp_path: Path) -> None:
    done = audit(str(forged.folder), "--format", "json", cwd=tmp_path)

    document = json.loads(done.stdout)
    (violation,) = document["violations"]
    assert document["ok"] is False
    assert violation["figure"] == "text"
    assert "| passed | 418 |" in violation["printed"]
    assert violation["recomputed"] == violation["printed"].replace("418", "200")
    assert violation["where"].startswith("report.md:")


def test_a_violation_as_an_annotation(forged: Forger, tmp_path: Path) -> None:
    done = audit(str(forged.folder), "--format", "github", cwd=tmp_path)

    assert done.stdout.startswith(f"::error file={forged.folder.name}/report.md,line=")
    assert re.search(r"printed .*\| passed \| 418 \|.*, recomputed .*\| passed \| 200 \|", done.stdout)


def test_texts_that_differ_in_blanks_alone_do_not_look_equal(project: Path, tmp_path: Path) -> None:
    forged = Forger(find_run_folder(project), tmp_path)
    forged.replace("report.md", r"\| passed \| 200", "| passed |  200")
    forged.sign()

    done = audit(str(forged.folder), cwd=tmp_path)

    printed, recomputed = re.search(r"printed ('.*'), recomputed ('.*')", done.stdout).groups()
    assert "| passed |  200 |" in printed
    assert recomputed == printed.replace("|  200", "| 200")


def test_text_of_a_run_cannot_act_in_a_terminal(forged: Forger, tmp_path: Path) -> None:
    forged.replace("report.md", "418", "\x1b[2J\u202e418")
    forged.sign()

    for form in ("text", "github"):
        done = audit(str(forged.folder), "--format", form, cwd=tmp_path)
        assert "\x1b" not in done.stdout
        assert "\u202e" not in done.stdout


def test_without_a_run_it_is_exit_2(project: Path) -> None:
    (project / "spec.zip").write_bytes(b"no archive")

    done = audit("spec.zip", cwd=project)

    assert (done.code, done.stdout) == (2, ""), done.stdout
    assert "spec.zip is a broken archive" in done.stderr


def test_a_folder_with_another_name_is_not_that_run(tmp_path: Path, project: Path) -> None:
    folder = tmp_path / "20250101T000000Z-here-sandbox-abc"
    shutil.copytree(find_run_folder(project), folder)

    done = audit(str(folder), "--format", "json", cwd=tmp_path)

    figures = [each["figure"] for each in json.loads(done.stdout)["violations"]]
    assert figures == ["folder name: time", "folder name: id", "folder name: simulated"]


def test_a_run_of_another_version_is_held_to_its_figures(tmp_path: Path, project: Path) -> None:
    forged = Forger(find_run_folder(project), tmp_path)
    forged.edit_ledger(lambda lines: lines[0]["run"].update(tool_version="0.0.9"))
    forged.edit(lambda document: document["run"].update(tool_version="0.0.9"))
    forged.sign()

    done = audit(str(forged.folder), cwd=tmp_path)

    assert done.code == 0, done.stdout
    assert "written by version 0.0.9" in done.stdout


@pytest.fixture(scope="module", params=["", "{{ results|figures_block }}\n"], ids=["without a block", "with a block"])
def templated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a Markdown template of its own, and a run in its folder `out`."""
    folder = tmp_path_factory.mktemp("templated")
    (folder / "templates").mkdir()
    own = "# Ours: {{ results.run.id }}\n{{ results.totals.scenarios.passed }} passed\n" + request.param
    (folder / "templates" / "report.md.jinja").write_text(own, encoding="utf-8")
    with serve_wsgi(serve_thing) as base_url:
        write_project(folder, READ, base_url=base_url, writes="block")
        settings = (folder / "contracts.yaml").read_text(encoding="utf-8")
        (folder / "contracts.yaml").write_text(f"{settings}\ntemplates: templates\n", encoding="utf-8")
        assert run_contracts("run", "--output", "out", cwd=folder).code == 0
    return folder


def test_a_run_names_the_templates_of_its_reports(templated: Path) -> None:
    first = json.loads((templated / "out" / "ledger.jsonl").read_text(encoding="utf-8").splitlines()[0])

    own = (templated / "templates" / "report.md.jinja").read_bytes()
    assert first["run"]["templates"]["report.md.jinja"] == hashlib.sha256(own).hexdigest()
    assert first["run"]["templates"].keys() == hash_templates(None).keys()


def test_a_run_with_a_template_of_its_project_holds(templated: Path) -> None:
    done = audit("out", cwd=templated)

    assert done.code == 0, done.stdout
    head = f"head of the ledger: {read_head(templated / 'out')}"
    assert done.stdout.splitlines()[1:] == ["the ledger means exit code 0", head, "everything holds"]


@pytest.mark.parametrize("word", ["1 passed", "# Ours"])
def test_a_forged_report_by_a_template_of_its_project_is_named(templated: Path, tmp_path: Path, word: str) -> None:
    forged = Forger(templated / "out", tmp_path)
    forged.replace("report.md", word, "2 passed")
    forged.sign()

    done = audit(str(forged.folder), "--project", str(templated), "--format", "json", cwd=tmp_path)

    (violation,) = json.loads(done.stdout)["violations"]
    assert violation["figure"] == "text"
    assert "2 passed" in violation["printed"]
    assert word in violation["recomputed"]


def test_a_report_whose_template_is_not_at_hand_does_not_hold(templated: Path) -> None:
    found = audit_folder(templated / "out", build_tool(None)).violations

    reason = "the template report.md.jinja with the SHA-256 that the run names is not at hand"
    assert [(each.figure, each.where, each.printed, each.recomputed) for each in found] == [
        (
            "report",
            "report.md",
            "a text that no templates at hand make",
            f"{reason}; --project names the project that has them",
        )
    ]


def test_a_report_by_a_template_that_was_changed_since_then_does_not_hold(templated: Path, tmp_path: Path) -> None:
    shutil.copytree(templated, tmp_path / "project")
    with (tmp_path / "project" / "templates" / "report.md.jinja").open("a", encoding="utf-8") as template:
        template.write("All tests passed.\n")
    forged = Forger(templated / "out", tmp_path)
    forged.write("report.md", forged.read("report.md") + "No tests failed.\n")
    forged.sign()

    found = audit_folder(forged.folder, build_tool(tmp_path / "project")).violations

    assert [(each.figure, each.where) for each in found] == [("report", "report.md")]


def test_a_report_that_was_rendered_again_with_other_templates_holds_with_a_note(
    templated: Path, tmp_path: Path
) -> None:
    shutil.copytree(templated / "out", tmp_path / "out")
    write_reports(tmp_path / "out", formats=list(FORMATS), templates=list_template_folders(None))
    seal_run(tmp_path / "out")

    done = audit("out", "--project", str(templated), cwd=tmp_path)

    assert done.code == 0, done.stdout
    assert "report.md was made with other templates than the run names" in done.stdout


def test_a_run_that_was_resumed_names_the_templates_of_its_end(templated: Path, tmp_path: Path) -> None:
    forged = Forger(templated / "out", tmp_path)
    resumed = {"at": "2099-11-09T15:14:41.000Z", "type": "run_resumed", "command": "", "platform": "", "under_way": []}

    def resume(lines: list[Any]) -> None:
        lines.insert(2, {**resumed, "templates": lines[0]["run"]["templates"]})
        lines[0]["run"]["templates"] = {"report.md.jinja": "0" * 64}

    forged.edit_ledger(resume)
    write_reports(forged.folder, formats=list(FORMATS), templates=list_template_folders(templated / "templates"))
    forged.sign()

    done = audit(str(forged.folder), "--project", str(templated), cwd=tmp_path)

    assert (done.code, "templates" in done.stdout) == (0, False), done.stdout


@pytest.mark.parametrize("name", ["faults", "resumed", "sandbox"])
def test_a_run_of_version_0_1_0_holds_with_notes(name: str, tmp_path: Path) -> None:
    done = audit(str(GOLDEN / f"{name}.zip"), cwd=tmp_path)

    assert done.code == 0, done.stdout
    assert done.stdout.splitlines()[-1] == "everything holds"
    for report in ("report.html", "report.md"):
        assert f"{report}: not compared with the ledger (" in done.stdout


def test_a_run_without_a_server_holds(tmp_path: Path) -> None:
    write_project(tmp_path, READ, base_url=f"http://127.0.0.1:{find_closed_port()}")
    assert run_contracts("run", "--output", "out", cwd=tmp_path).code == 3

    done = audit("out", cwd=tmp_path)

    assert (done.code, "the ledger means exit code 3" in done.stdout) == (0, True), done.stdout


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with scenarios, properties and warehouse checks."""
    return share_run(tmp_path_factory)


@pytest.mark.parametrize("kept", [1, 4, 12, 30, 60, 75])
def test_a_run_that_was_killed_holds_before_and_after_its_report(whole: Path, tmp_path: Path, kept: int) -> None:
    folder = tmp_path / "out"
    shutil.copytree(whole, folder)
    for path in folder.iterdir():
        if path.is_file() and path.name != "ledger.jsonl":
            path.unlink()
    lines = (folder / "ledger.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "ledger.jsonl").write_bytes(b"".join(lines[:kept]))

    before = audit_folder(folder, build_tool(None))
    # As `contracts report` does it.
    results, _ = write_reports(folder, formats=list(FORMATS), templates=list_template_folders(None))
    seal_run(folder)
    after = audit_folder(folder, build_tool(None))

    assert (before.violations, after.violations) == ((), ())
    assert results.run.complete is False
    assert after.exit_code in (1, 3)


def test_a_sandbox_run_holds_and_its_mark_cannot_be_taken_away(tmp_path: Path) -> None:
    project = Path(__file__).resolve().parents[3]
    assert run_contracts("run", "3.3", "--project", str(project), cwd=tmp_path).code == 0
    run = next(path for path in (tmp_path / "runs").iterdir() if path.is_dir())
    assert audit(run.name, cwd=tmp_path).code == 0

    forged = Forger(run, tmp_path)
    forged.replace("report.md", r"\Asandbox run: says nothing about production\n\n", "")
    forged.edit_ledger(lambda lines: lines[0]["run"].update(simulated=False))
    forged.sign()
    done = audit(str(forged.folder), "--format", "json", cwd=tmp_path)

    named = {(each["figure"], each["where"].partition(":")[0]) for each in json.loads(done.stdout)["violations"]}
    assert {
        ("run simulated", "results.json"),
        ("run simulated", "report.html"),
        ("text", "report.html"),
        ("run simulated", "report.md"),
        ("text", "junit.xml"),
        ("text", "matrix.csv"),
    } <= named
