"""Runs whose rows are all green, and which are not: exit code, junit.xml, reports, ledger and audit agree, also when
the reports are rendered again."""

from pathlib import Path

import pytest
from junitparser import Error, Failure, JUnitXml

from contracts_runner.audit.run_audit import audit_folder
from contracts_runner.run.audit import build_tool
from helpers.command import Finished, run_contracts
from helpers.servers import always, answer, serve_raw
from helpers.shop import READ, write_project

KNOWN = """
- id: "1.1"
  title: One thing
  known: [{environments: [here], observed: {status: 404}, because: It was missing once., until: 2999-01-01}]
  steps:
    - {name: read, operation: getThing, parameters: {id: 1}, expect: {status: 200}}
"""
TABLES = """
warehouse: things
tables:
  things:
    checks:
      - {id: W.1, row_count: {min: 0}}
"""
SECRET = "very-secret-key-1"
Breaks = dict[str, type]


def run(
    folder: Path, scenarios: str, *options: str, template: str = "", settings: str = "", **environ: str
) -> Finished:
    """Run against a service that gives what it should; `template` is the project's own Markdown report."""
    with serve_raw(always(answer("200 OK", b'{"id": 1, "name": "a"}'))) as server:
        write_project(folder, scenarios, base_url=server.base_url, more_settings=settings)
        if template:
            file = folder / "contracts.yaml"
            file.write_text(f"templates: reports\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
            (folder / "reports").mkdir()
            (folder / "reports" / "report.md.jinja").write_text(template, encoding="utf-8")
        return run_contracts("run", "--output", "out", *options, cwd=folder, **environ)


def read_breaks(folder: Path) -> Breaks:
    """The testcases of junit.xml that are not green: name -> kind of the element."""
    document = JUnitXml.fromstring((folder / "junit.xml").read_bytes())
    results = [(case.name, type(result)) for suite in document for case in suite for result in case.result]
    return {name: kind for name, kind in results if kind in (Failure, Error)}


def check_same(done: Finished, code: int, breaks: Breaks) -> None:
    assert (done.code, read_breaks(done.folder)) == (code, breaks), done.stderr
    audit = audit_folder(done.folder, build_tool(None))
    assert (audit.violations, audit.exit_code) == ((), code)


def test_a_run_that_is_green(tmp_path: Path) -> None:
    check_same(run(tmp_path, READ), 0, {})


def test_fixed_with_strict_is_a_failure_of_the_run(tmp_path: Path) -> None:
    done = run(tmp_path, KNOWN, "--strict")

    assert done.outcomes == {"1.1": "fixed"}
    check_same(done, 1, {"strict": Failure})
    again = run_contracts("report", "out", cwd=tmp_path)
    assert (again.code, read_breaks(done.folder)) == (1, {"strict": Failure})


def test_fixed_without_strict_is_none(tmp_path: Path) -> None:
    check_same(run(tmp_path, KNOWN), 0, {})


def test_a_leak_in_a_report_is_an_error_of_the_run_everywhere(tmp_path: Path) -> None:
    done = run(tmp_path, READ, template=f"{{{{ view.verdict }}}}\n{SECRET}\n")

    assert done.code == 3
    assert read_breaks(done.folder) == {"leaks": Error}
    assert {(leak["file"], leak["line"]) for leak in done.results["leaks"]} == {("report.md", 2)}
    assert "leak: report.md:2: secret key" in done.stderr
    assert done.stdout.splitlines()[-1].startswith("errored: 1 of 1 scenario passed; 1 leak in what the run wrote")
    assert (done.folder / "report.md").read_text(encoding="utf-8").startswith("errored: ")
    again = run_contracts("report", "out", cwd=tmp_path)
    assert (again.code, read_breaks(done.folder)) == (3, {"leaks": Error})
    assert run_contracts("audit", "out", cwd=tmp_path).code == 0


def test_a_report_that_breaks_is_an_error_of_the_run(tmp_path: Path) -> None:
    done = run(tmp_path, READ, template="{% if %}")

    check_same(done, 3, {"faults": Error})
    assert [fault["where"] for fault in done.results["faults"]] == ["report.md"]


def test_what_cannot_be_published_is_an_error_of_the_run(tmp_path: Path) -> None:
    done = run(tmp_path, READ, "--publish", CONTRACTS_PUBLISH_DSN="http://127.0.0.1:9")

    check_same(done, 3, {"faults": Error})
    assert [fault["where"] for fault in done.results["faults"]] == ["publish"]
    assert "not published: " in done.stderr


@pytest.mark.parametrize(
    ("load", "breaks"),
    [("", {"things:exists exists": Failure}), (", load: 'loader:load'", {"load": Error})],
    ids=["a check", "the load"],
)
def test_what_breaks_in_the_warehouse_is_in_its_suite_or_that_of_the_run(
    tmp_path: Path, load: str, breaks: Breaks
) -> None:
    pytest.importorskip("chdb")
    (tmp_path / "loader.py").write_text("def load(**_):\n    raise KeyError('orders')\n", encoding="utf-8")
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "tables.yaml").write_text(TABLES, encoding="utf-8")

    done = run(tmp_path, READ, settings=f"warehouse: {{dsn: 'chdb://memory'{load}}}")

    check_same(done, 1 if Failure in breaks.values() else 3, breaks)


def test_a_run_from_which_nothing_was_sent_says_so_first(tmp_path: Path) -> None:
    write = "- {id: '1', title: Add, steps: [{name: add, operation: addThing, body: {name: a}}]}"

    done = run(tmp_path, write, "--writes", "block")

    assert (done.code, done.outcomes) == (0, {"1": "blocked"})
    title = (done.folder / "report.html").read_text(encoding="utf-8")
    assert "<h1>no scenario sent a request</h1>" in title
    assert "no scenario sent a request: 1 blocked of 1 scenario" in done.stdout
