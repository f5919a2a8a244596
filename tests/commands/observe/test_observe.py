"""`contracts observe`: recorded traffic as a run in which nothing was sent, and which says so."""

import csv
import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from contracts_runner.cli.main import main
from contracts_runner.model.contract import Expectation
from contracts_runner.model.exchange import Request, Response
from helpers.command import Finished, run_contracts
from helpers.contracts import make_scenario, make_step
from helpers.engine import load_shop, reply, run_scenario
from helpers.forger import Forger, find_line
from helpers.ledger_reader import read_lines
from helpers.recorded_traffic import make_entry, write_har
from helpers.shop import READ, write_project

BASE = "https://things.example.com"
LINE = "recorded traffic: nothing was sent"
SECRETS = ("session-cookie-of-user", "api-key-of-a-user", "user@example.com", "token-of-somebody-9")


def make_traffic() -> list[dict[str, Any]]:
    owned = {"id": 1, "name": "ключ", "owner": "user@example.com"}
    unread = make_entry(f"{BASE}/things/3")
    unread["response"]["content"] = {"size": 90, "mimeType": "application/json"}
    entries = [
        make_entry(f"{BASE}/things?color=red", {"data": [owned]}),
        make_entry(f"{BASE}/things/1", owned),
        make_entry(f"{BASE}/things/2", {"id": "2"}),
        unread,
        make_entry(f"{BASE}/things/4", {"code": "GONE"}, status=410),
        make_entry(f"{BASE}/v2/things", {}, status=404),
        make_entry("https://cdn.example.org/lib.js?access_token=token-of-somebody-9", b"//", mime="text/javascript"),
        make_entry("data:text/plain,user@example.com"),
    ]
    for entry in entries:
        entry["request"]["headers"] = [
            {"name": "Cookie", "value": "sid=session-cookie-of-user"},
            {"name": "x-key", "value": "api-key-of-a-user"},
        ]
    return entries


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # Nothing listens there, and nothing is asked.
    folder = write_project(tmp_path_factory.mktemp("project"), READ, base_url=BASE, writes="block")
    write_har(folder / "shop.har", make_traffic())
    return folder


@pytest.fixture(scope="module")
def run(project: Path) -> Finished:
    return run_contracts("observe", "shop.har", "--output", "out", cwd=project)


def test_an_answer_that_breaks_the_document_is_exit_1(run: Finished) -> None:
    assert run.code == 1, run.stderr
    assert run.outcomes == {
        "observed:listThings": "passed",
        "observed:getThing": "failed",
        "observed:GET /v2/things": "skipped",
    }


def test_the_checks_are_those_of_the_spec(run: Finished) -> None:
    row = next(each for each in run.results["scenarios"] if each["id"] == "observed:getThing")

    assert [(step["name"], {each["check"]: each["outcome"] for each in step["checks"]}) for step in row["steps"]] == [
        ("entry 2", {"status_declared": "passed", "media_type_declared": "passed", "body_schema": "passed"}),
        ("entry 3", {"status_declared": "passed", "media_type_declared": "passed", "body_schema": "failed"}),
        ("entry 4", {"status_declared": "passed", "media_type_declared": "passed", "body_schema": "skipped"}),
        ("entry 5", {"status_declared": "failed"}),
    ]
    assert [step["response"]["bytes"] for step in row["steps"]][2] is None


def test_what_looks_again_names_the_file_as_it_was_given(project: Path) -> None:
    (project / "sub").mkdir()
    done = run_contracts("observe", "../shop.har", "--output", "out", cwd=project / "sub")

    assert "      again    contracts observe ../shop.har --env here" in done.stdout.splitlines()


def test_every_form_says_that_nothing_was_sent(run: Finished) -> None:
    report, page = ((run.folder / name).read_text(encoding="utf-8") for name in ("report.md", "report.html"))
    junit = (run.folder / "junit.xml").read_text(encoding="utf-8")
    matrix = list(csv.DictReader((run.folder / "matrix.csv").read_text(encoding="utf-8-sig").splitlines()))

    assert run.stdout.splitlines()[0] == report.splitlines()[0] == LINE
    assert f"<p>{LINE}</p>" in page
    assert f'name="{LINE}"' in junit
    assert {row["simulated"] for row in matrix} == {LINE}
    why = "no request of HTTP with an answer: 1; to another address: 1; no operation of a document: 1"
    told = f"shop.har: 5 of 8 entries judged (left out: {why})"
    assert all(told in text for text in (run.stdout, report, page))
    assert "      again    contracts observe shop.har --env here" in run.stdout.splitlines()
    assert (run.results["totals"]["requests_sent"], run.results["totals"]["writes_sent"]) == (0, 0)
    assert run.results["run"]["observed"][0]["judged"] == 5
    assert not any(line["type"] == "request_sent" for line in read_lines(run.folder))


def test_an_unknown_route_is_told_with_the_nearest_operation(run: Finished) -> None:
    row = run.results["scenarios"][-1]

    assert (row["reason"], row["steps"]) == (
        "no such operation; the document has GET /things or POST /things",
        [],
    )


def test_nothing_secret_or_personal_is_written(run: Finished, project: Path) -> None:
    files = [path for path in run.folder.rglob("*") if path.is_file()]
    found = [(path.name, each) for path in files for each in SECRETS if each.encode() in path.read_bytes()]

    assert len(files) > 8
    assert found == []
    assert [each for each in SECRETS if each in run.stdout + run.stderr] == []
    assert "leaks" not in run.results


def test_the_audit_holds_it(run: Finished) -> None:
    done = run_contracts("audit", str(run.folder), cwd=run.folder.parent)

    assert done.code == 0, done.stdout


@pytest.mark.parametrize(
    ("key", "value", "violation"),
    [
        ("judged", 6, "entries of shop.har"),
        ("left_out", {}, "entries of shop.har"),
        ("entries", 9, "entries of shop.har"),
    ],
)
def test_the_audit_finds_a_figure_that_was_changed(
    run: Finished, tmp_path: Path, key: str, value: object, violation: str
) -> None:
    forger = Forger(run.folder, tmp_path)

    def edit(lines: list[dict[str, Any]]) -> None:
        lines[0]["run"]["observed"][0][key] = value

    assert violation in audit(forger, edit)


def test_the_audit_finds_a_request_that_was_sent(run: Finished, tmp_path: Path) -> None:
    sent = {"type": "request_sent", "phase": "scenarios", "scenario": None, "step": None, "operation": "listThings"}

    def edit(lines: list[dict[str, Any]]) -> None:
        step = find_line(lines, "step_finished")
        lines.insert(1, {"seq": 0, "at": step["at"], **sent, "method": "GET", "url": BASE, "is_write": False})

    assert "listThings sent in a run of recorded traffic" in audit(Forger(run.folder, tmp_path), edit)


def audit(forger: Forger, edit: Any) -> str:
    forger.edit_ledger(edit)
    forger.sign()
    done = CliRunner().invoke(main, ["audit", str(forger.folder), "--format", "json"])
    assert done.exit_code == 1
    return " ".join(violation["figure"] for violation in json.loads(done.stdout)["violations"])


def test_one_that_was_killed_is_not_resumed(run: Finished, project: Path, tmp_path: Path) -> None:
    forger = Forger(run.folder, tmp_path)
    forger.edit_ledger(lambda lines: lines.pop())

    done = CliRunner().invoke(main, ["--project", str(project), "run", "--resume", str(forger.folder)])

    assert done.exit_code == 2
    assert "recorded traffic is not resumed; `contracts observe` judges it again" in done.stderr


def test_nothing_of_it_is_sent_again(run: Finished, project: Path) -> None:
    done = CliRunner().invoke(main, ["--project", str(project), "replay", str(run.folder), "observed:getThing"])

    assert done.exit_code == 2
    assert "judged recorded traffic: it has sent nothing that could be sent again" in done.stderr


def test_what_failed_in_it_is_nothing_to_send(run: Finished, project: Path) -> None:
    done = CliRunner().invoke(main, ["--project", str(project), "run", f"--last-failed={run.folder}"])

    assert done.exit_code == 2
    assert "judged recorded traffic" in done.stderr


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        (
            [make_entry("https://other.example.com/things")],
            "--env NAME chooses an environment whose base_url is one of https://other.example.com",
        ),
        ([make_entry(f"{BASE}/thing/1", {})], "GET /thing/{}: no such operation; the document has GET /things/{id}"),
        ([], "there is no entry"),
    ],
    ids=["other address", "other route", "empty"],
)
def test_nothing_to_judge_is_wrong_use(project: Path, tmp_path: Path, entries: Any, told: str) -> None:
    path = write_har(tmp_path / "a.har", entries)

    done = CliRunner().invoke(
        main, ["--project", str(project), "observe", str(path), "--output", str(tmp_path / "out")]
    )

    assert (done.exit_code, (tmp_path / "out").exists()) == (2, False)
    assert told in done.stderr


def test_a_broken_archive_is_told_with_its_line(project: Path, tmp_path: Path) -> None:
    path = write_har(tmp_path / "a.har", [{}])

    done = CliRunner().invoke(main, ["--project", str(project), "observe", str(path)])

    assert done.exit_code == 2
    assert f"{path}:2: entry 1 has no method or no URL; leave the entry out, or record it again" in done.stderr


def test_drift_is_told_of_requests_that_were_recorded_before(project: Path) -> None:
    listed = {"data": [{"id": 1, "name": "ключ"}]}
    before = [make_entry(f"{BASE}/things/1", {"id": 1, "name": "ключ"}), make_entry(f"{BASE}/things", listed)]
    after = [
        make_entry(f"{BASE}/things/1", {"id": "1", "extra": 1}),
        make_entry(f"{BASE}/things?color=red", {"data": 1}),
    ]
    for name, entries in (("before", before), ("after", after)):
        write_har(project / f"{name}.har", entries)
        run_contracts("observe", f"{name}.har", "--output", f"drifts/{name}", cwd=project)

    results = json.loads((project / "drifts/after/results.json").read_text(encoding="utf-8"))

    assert [(row["operation"], row["place"], row["change"]) for row in results["drift"]] == [
        ("getThing", "/id", "retyped"),
        ("getThing", "/extra", "appeared"),
        ("getThing", "/name", "vanished"),
    ]
    assert results["shapes"][0]["asked_by"] == ["GET /things/1"]
    done = CliRunner().invoke(main, ["audit", str(project / "drifts/after"), "--project", str(project)])
    assert done.exit_code == 0, done.output


ANSWERS = {
    "held": reply(200, {"id": 1, "name": "a"}),
    "undeclared status": reply(418, {"id": 1, "name": "a"}),
    "other media type": reply(200, "<p>no</p>", media_type="text/html"),
    "no body": Response(status_code=200, headers=(("Content-Type", "application/json"),), body=b"", timings=None),
    "no type": Response(status_code=200, headers=(("X-A", "1"),), body=b"{}", timings=None),
    "broken JSON": Response(status_code=200, headers=(("Content-Type", "application/json"),), body=b"{", timings=None),
    "schema": reply(200, {"id": "1"}),
    "declared error": reply(404, {"code": "GONE"}),
    "error without code": reply(404, {}),
}


def test_each_answer_has_the_rows_that_a_run_gives_it(project: Path, tmp_path: Path) -> None:
    spec = load_shop(tmp_path)
    entries = []
    for answer in ANSWERS.values():
        entry = make_entry(f"{BASE}/things/1", answer.body, status=answer.status_code, mime=answer.content_type)
        entry["response"]["headers"] = [{"name": name, "value": value} for name, value in answer.headers]
        entries.append(entry)
    path, out = write_har(tmp_path / "a.har", entries), tmp_path / "out"
    CliRunner().invoke(main, ["--project", str(project), "observe", str(path), "--output", str(out)])
    [row] = json.loads((out / "results.json").read_text(encoding="utf-8"))["scenarios"]

    step = make_step("getThing", parameters={"id": 1}, expect=Expectation(success=None))
    run = [
        run_scenario(spec, make_scenario("1.1", step), partial(_give, answer)).steps[0] for answer in ANSWERS.values()
    ]
    seen = dict(zip(ANSWERS, map(_list_rows, row["steps"]), strict=True))
    assert seen == dict(zip(ANSWERS, map(_list_rows, run), strict=True))
    assert {check["outcome"] for rows in seen.values() for check in rows} == {"passed", "failed"}


def _give(answer: Response, _: Request) -> Response:
    return answer


def _list_rows(step: Any) -> list[dict[str, Any]]:
    keys = ("check", "outcome", "expected", "actual", "message", "path")
    return [{key: check.get(key) for key in keys} for check in step["checks"]]
