"""The property phase as a user starts it, on an API that is not QTickets: run, reports, replay."""

import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

import contracts_runner
from helpers.command import COLD, Finished, run_contracts
from helpers.ledger_reader import check_chain, read_lines
from helpers.servers import serve_wsgi
from library_app import KEY, SPEC, Library

CONTRACT = """
contract: library
title: Library
spec: library
scenarios:
  - {id: L.1, title: List, steps: [{operation: findBooks, parameters: {word: ab}}]}
properties:
  known:
    - {operation: addBook, check: positive_data_acceptance, because: Not yet., until: 2099-01-01}
"""


def write_project(folder: Path, base_url: str, properties: str = "{phases: [coverage, stateful]}") -> Path:
    (folder / "contracts").mkdir(parents=True)
    (folder / "spec.json").write_text(json.dumps(SPEC), encoding="utf-8")
    (folder / "contracts" / "library.yaml").write_text(CONTRACT, encoding="utf-8")
    settings = f"""
version: 1
specs: {{library: spec.json}}
contracts: contracts
default_environment: here
environments:
  here:
    base_url: {base_url}
    credentials: {{key: {KEY}}}
    writes: allow
    properties: {{phases: [coverage, stateful]}}
"""
    (folder / "contracts.yaml").write_text(settings, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("faulty")
    with serve_wsgi(Library("use after remove", "wrong header", "refuses poetry")) as base_url:
        return run_contracts("run", "--output", "out", cwd=write_project(folder / "p", base_url))


def test_a_failed_property_ends_the_run_with_exit_1(faulty: Finished) -> None:
    assert faulty.code == 1, faulty.stderr
    failed = {row["operation"] for row in faulty.results["properties"] if row["outcome"] == "failed"}
    assert failed == {"listBooks", "getBook"}


def test_the_totals_are_the_counts_of_the_rows(faulty: Finished) -> None:
    totals = faulty.results["totals"]

    assert totals["properties"]["total"] == len(faulty.results["properties"])
    assert (totals["properties"]["failed"], totals["properties"]["known"]) == (2, 1)
    assert totals["scenarios"]["passed"] == 1


def test_every_request_is_a_line_of_the_ledger(faulty: Finished) -> None:
    sent = [line for line in read_lines(faulty.folder) if line["type"] == "request_sent"]

    assert faulty.results["totals"]["requests_sent"] == len(sent)
    assert {line["phase"] for line in sent} == {"scenarios", "properties"}
    assert check_chain(faulty.folder / "ledger.jsonl") > len(sent)


def test_the_results_have_the_form_of_their_schema(faulty: Finished) -> None:
    path = Path(contracts_runner.__file__).parent / "schema" / "results.schema.json"

    validator = jsonschema_rs.validator_for(json.loads(path.read_text(encoding="utf-8")))

    assert [error.message for error in validator.iter_errors(faulty.results)] == []


def test_the_reports_show_defects_with_their_commands(faulty: Finished) -> None:
    failed = [row for row in faulty.results["properties"] if row["outcome"] == "failed"]

    for name in ("report.md", "report.html"):
        text = (faulty.folder / name).read_text(encoding="utf-8")
        assert all(row["id"].split(":")[0] in text for row in failed)
    assert all(row["id"] in faulty.stdout and row["failure"]["curl"].split(" -H")[0] in faulty.stdout for row in failed)


def test_junit_has_a_testcase_for_each_row(faulty: Finished) -> None:
    suites = ElementTree.parse(faulty.folder / "junit.xml").getroot()
    cases = [case for suite in suites if suite.get("name") == "properties" for case in suite.iter("testcase")]

    assert [case.get("name") for case in cases] == [row["id"] for row in faulty.results["properties"]]
    assert sum(case.find("failure") is not None for case in cases) == 2


def test_artifacts_stand_by_operation(faulty: Finished) -> None:
    (row,) = [row for row in faulty.results["properties"] if row["check"] == "use_after_free"]

    documents = [json.loads((faulty.folder / name).read_text(encoding="utf-8")) for name in row["failure"]["artifacts"]]

    assert all(name.startswith("artifacts/properties/getBook/") for name in row["failure"]["artifacts"])
    assert [document["response"]["status"] for document in documents] == [201, 204, 200]


def test_the_report_can_be_rendered_again(faulty: Finished) -> None:
    before = (faulty.folder / "report.html").read_bytes()

    again = run_contracts("report", str(faulty.folder), cwd=faulty.folder.parent)

    assert again.code == 1
    assert (faulty.folder / "report.html").read_bytes() == before


@pytest.fixture(scope="module")
def denied(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Return a run against a service that denies everything."""

    def deny(_environ: Any, start_response: Any) -> list[bytes]:
        start_response("401 Unauthorized", [("Content-Type", "application/json"), ("Content-Length", "18")])
        return [b'{"code": "DENIED"}']

    folder = tmp_path_factory.mktemp("denied")
    with serve_wsgi(deny) as base_url:
        project = write_project(folder / "p", base_url)
        return run_contracts("run", "--phase", "properties", "--output", "out", cwd=project)


def test_what_was_never_accepted_is_named_where_people_look(denied: Finished) -> None:
    operations = {row["operation"] for row in denied.results["never_accepted"]}
    skipped = [row for row in denied.results["properties"] if row["outcome"] == "skipped"]
    words = "never accepted, because only 401 came"
    page = (denied.folder / "report.html").read_text(encoding="utf-8").partition(words.capitalize())[2]
    cases = ElementTree.parse(denied.folder / "junit.xml").getroot().iter("testcase")
    reasons = [skip.get("message") or "" for case in cases if (skip := case.find("skipped")) is not None]

    assert {row["operation"] for row in skipped} == operations != set()
    for text in (denied.stdout, (denied.folder / "report.md").read_text(encoding="utf-8")):
        named = next(line for line in text.splitlines() if line.lower().startswith(f"{words}: "))
        assert all(name in named for name in operations)
    assert all(f"<code>{name}</code>" in page for name in operations)
    assert sum(words in reason for reason in reasons) == len(skipped)


def test_the_statuses_of_an_endpoint_are_those_of_all_answers(denied: Finished) -> None:
    statuses = {row["operation"]: row["statuses"] for row in denied.results["endpoints"]}

    assert all(statuses[row["operation"]] == [401] for row in denied.results["never_accepted"])


def test_the_audit_of_a_run_that_was_never_accepted_holds(denied: Finished) -> None:
    done = run_contracts("audit", str(denied.folder), cwd=denied.folder.parent)

    assert done.code == 0, done.stdout


@pytest.mark.parametrize(
    ("faults", "code", "last"),
    [
        (("use after remove",), 1, "use_after_free fails again"),
        ((), 0, "use_after_free does not fail again"),
    ],
)
def test_a_replay_tells_whether_the_defect_is_still_there(
    faulty: Finished, tmp_path: Path, faults: tuple[str, ...], code: int, last: str
) -> None:
    identifier = next(row["id"] for row in faulty.results["properties"] if row["check"] == "use_after_free")
    application = Library(*faults)

    with serve_wsgi(application) as base_url:
        project = write_project(tmp_path / "p", base_url)
        done = run_contracts("replay", str(faulty.folder), identifier, cwd=project)

    assert (done.code, done.stdout.splitlines()[-1].startswith(last)) == (code, True), done.stderr
    assert [method for method, _, _ in application.seen] == ["POST", "DELETE", "GET"]


def test_a_replay_of_an_unknown_id_names_those_that_there_are(faulty: Finished) -> None:
    done = run_contracts("replay", str(faulty.folder), "nothing", cwd=faulty.folder.parent)

    assert done.code == 2
    assert "getBook:use_after_free" in done.stderr


def test_a_defect_becomes_a_scenario_that_fails_until_it_is_mended(faulty: Finished, tmp_path: Path) -> None:
    identifier = next(row["id"] for row in faulty.results["properties"] if row["check"] == "use_after_free")
    codes = {}
    for name, faults in (("broken", ["use after remove"]), ("mended", [])):
        with serve_wsgi(Library(*faults)) as base_url:
            project = write_project(tmp_path / name, base_url)
            done = run_contracts("new", identifier, "--from", str(faulty.folder), "--id", "L.2", cwd=project, **COLD)
            (project / "contracts" / "found.yaml").write_text(done.stdout, encoding="utf-8")
            codes[name] = run_contracts("run", "L.2", "--phase", "scenarios", "--output", "out", cwd=project).code

    assert codes == {"broken": 1, "mended": 0}


def test_the_scenario_phase_alone_does_not_import_schemathesis(tmp_path: Path) -> None:
    with serve_wsgi(Library()) as base_url:
        project = write_project(tmp_path / "p", base_url)
        done = run_contracts("run", "--phase", "scenarios", "--output", "out", cwd=project, PYTHONPROFILEIMPORTTIME="1")

    assert done.code == 0, done.stderr
    assert "contracts_runner.run.execution" in done.stderr
    assert "schemathesis" not in done.stderr


def test_a_dry_run_lists_what_would_be_generated_and_sends_nothing(tmp_path: Path) -> None:
    application = Library()
    with serve_wsgi(application) as base_url:
        project = write_project(tmp_path / "p", base_url)
        done = run_contracts("run", "--phase", "properties", "--dry-run", "--tag", "writing", cwd=project)

    assert "properties: coverage, stateful; up to 10 examples of an operation" in done.stdout
    operations = [line.split(":")[0].strip() for line in done.stdout.splitlines() if re.match(r" {4}\S", line)]
    assert operations == ["addBook", "removeBook"]
    assert application.seen == []


def test_a_dry_run_shows_generated_requests_as_they_are_sent_and_says_what_is_generated_later(tmp_path: Path) -> None:
    application = Library()
    with serve_wsgi(application) as base_url:
        project = write_project(tmp_path / "p", base_url)
        options = ("run", "--phase", "properties", "--properties", "coverage", "--tag", "writing", "--seed", "5")
        shown = run_contracts(*options, "--dry-run", cwd=project).stdout
        run_contracts(*options, "--output", "out", cwd=project)

    lines = shown.splitlines()[1:-1]
    remove = lines.index("    removeBook: DELETE /books/{id}")
    assert lines[:3] == [
        "properties: coverage; up to 10 examples of an operation; seed 5",
        "ignored_auth: a success of each operation is asked for again, without and with a wrong credential",
        "    addBook: POST /books",
    ]
    assert {line for line in lines[3:remove] if re.match(r" {8}\S", line)} == {f"        POST {base_url}/books"}
    # Two more are of ignored_auth.
    assert lines.count(f"        POST {base_url}/books") + 2 == sum(
        method == "POST" for method, _, _ in application.seen
    )
    later = r" {8}generated while it runs: about \d+ requests of coverage, and more with ids from answers \(id\)"
    assert re.fullmatch(later, lines[-1])


def test_the_phase_is_off_where_the_environment_says_nothing_of_it(tmp_path: Path) -> None:
    with serve_wsgi(Library()) as base_url:
        project = write_project(tmp_path / "p", base_url)
        settings = project / "contracts.yaml"
        lines = [line for line in settings.read_text(encoding="utf-8").splitlines() if "properties" not in line]
        settings.write_text("\n".join(lines), encoding="utf-8")
        done = run_contracts("run", "--output", "out", cwd=project)

    assert done.code == 0, done.stderr
    assert done.results["properties"] == []


def test_an_unknown_word_for_a_way_to_generate_is_wrong_use(tmp_path: Path) -> None:
    done = run_contracts("run", "--properties", "guessing", "--project", "shipped", cwd=tmp_path)

    assert done.code == 2
    assert "'guessing' is not one of examples, coverage, fuzzing, stateful" in done.stderr
