"""A command that a report tells can be typed where the run was started, whatever named the project there."""

import re
import shlex
from pathlib import Path

import pytest

from helpers.command import Finished, run_contracts
from helpers.servers import serve_wsgi
from helpers.shop import write_project

SCENARIO = """
- {id: "1.1", title: Not there, steps: [{operation: getThing, parameters: {id: 1}}]}
"""


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """A run that failed, of a project below the folder of the command."""

    def refuse(environ, start_response):  # type: ignore[no-untyped-def]
        start_response("500 Oops", [("Content-Type", "application/json")])
        return [b"{}"]

    here = tmp_path_factory.mktemp("here")
    with serve_wsgi(refuse) as base_url:
        write_project(here / "first", SCENARIO, base_url=base_url)
        return run_contracts("run", "--project", "first", "--output", "out", cwd=here)


def test_all_reports_tell_the_same_command_which_can_be_typed(failed: Finished) -> None:
    texts = [failed.stdout, *((failed.folder / name).read_text("utf-8") for name in ("report.md", "junit.xml"))]

    told = {found for text in texts for found in re.findall(r"contracts run 1\.1 [-\w ]+", text)}

    assert told == {"contracts run 1.1 --env here --project first"}
    assert "contracts run 1.1 --env here --project first" in (failed.folder / "report.html").read_text("utf-8")
    again = run_contracts(*shlex.split(told.pop())[1:], "--dry-run", cwd=failed.folder.parent)
    assert (again.code, again.stderr) == (0, "")


def test_reports_that_are_rendered_elsewhere_are_the_same(failed: Finished, tmp_path: Path) -> None:
    names = ("report.html", "report.md", "junit.xml", "summary.md")

    done = run_contracts("report", str(failed.folder), "--output", str(tmp_path / "again"), cwd=tmp_path)

    assert done.code == 1
    assert all((tmp_path / "again" / name).read_bytes() == (failed.folder / name).read_bytes() for name in names)
    assert run_contracts("audit", str(failed.folder), cwd=tmp_path).code == 0


def test_without_the_option_nothing_is_named(failed: Finished) -> None:
    done = run_contracts("run", "--output", "../alone", cwd=failed.folder.parent / "first")

    assert "project" not in done.results["run"]
    assert "contracts run 1.1 --env here\n" in done.stdout
