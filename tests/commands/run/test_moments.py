"""Signals at any moment of a run: what was recorded stays, and `--resume` or `report` finishes the folder."""

import importlib.util
import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from contracts_runner.audit.run_audit import audit_folder
from contracts_runner.evidence.manifest import is_sealed
from contracts_runner.run.audit import build_tool
from contracts_runner.run.report import report_run
from helpers.forks import Forks
from helpers.kills import CountingService
from helpers.ledger_reader import read_lines
from helpers.servers import serve_wsgi
from helpers.shop import write_project

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are POSIX only")

# What Windows does not have is not there either where these tests do not run.
TERM, HUP, INT, KILL = (getattr(signal, f"SIG{name}", 0) for name in ("TERM", "HUP", "INT", "KILL"))
# Different ones: of two equal ones that come at once, a process sees one.
ONE, TWO, THREE = (TERM,), (TERM, HUP), (TERM, HUP, INT)
SCENARIOS = """
- id: "1.1"
  title: Add, look, remove
  steps:
    - {name: add, operation: addThing, body: {name: a}, capture: {added: $.id}}
    - {name: read, operation: getThing, parameters: {id: "${added}"}}
  cleanup:
    - {name: drop, operation: removeThing, parameters: {id: "${added}"}}
- id: "1.2"
  title: Look
  steps: [{name: list, operation: listThings}]
"""


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    with Forks() as started:
        yield started


def check_sealed(folder: Path, code: int) -> None:
    """Check that a folder has all its files, and that they mean this exit code."""
    audit = audit_folder(folder, build_tool(None))
    assert is_sealed(folder)
    assert (audit.violations, audit.exit_code) == ((), code)
    assert folder.with_name(f"{folder.name}.zip").is_file()
    assert not [*folder.parent.rglob("*.part")]


@pytest.fixture(scope="module")
def unfinished(tmp_path_factory: pytest.TempPathFactory, forks: Forks) -> Path:
    """A project with a run in `out` that was complete when it was killed, and has no reports."""
    folder = tmp_path_factory.mktemp("unfinished")
    with serve_wsgi(CountingService()) as base_url:
        write_project(folder, SCENARIOS, base_url=base_url)
        forks.start("run", "--output", "out", cwd=folder, moment="open results.json.part", signals=[KILL])
        assert forks.wait() == -KILL
    assert read_lines(folder / "out")[-1]["type"] == "run_finished"
    return folder


MOMENTS = (
    "open results.json.part",
    "rename report.html.part",
    "open out.zip.part",
    "rename out.zip.part",
    "open manifest.json.part",
    "rename manifest.json.part",
)
STRIKES = (ONE, TWO, (HUP,), (INT,), THREE, (INT, TERM, HUP), (KILL,))
TABLE = [
    pytest.param(moment, signals, marks=() if number == place else pytest.mark.thorough)
    for place, moment in enumerate(MOMENTS)
    for number, signals in enumerate(STRIKES)
]


@pytest.mark.parametrize(("moment", "signals"), TABLE)
def test_a_complete_run_is_finished_whatever_came_while_its_files_were_written(
    tmp_path: Path, forks: Forks, unfinished: Path, moment: str, signals: Sequence[int]
) -> None:
    folder = shutil.copytree(unfinished, tmp_path / "project")
    recorded = (folder / "out" / "ledger.jsonl").read_bytes()

    forks.start("run", "--resume", "out", cwd=folder, moment=moment, signals=signals)
    code = forks.wait()

    printed = (folder / "output.txt").read_text(encoding="utf-8")
    if len(signals) < 3 and KILL not in signals:
        assert code == 0, printed
    else:
        assert code == (-KILL if KILL in signals else 130), printed
        assert "Traceback" not in printed
        assert not is_sealed(folder / "out")
        forks.start("run", "--resume", "out", cwd=folder)
        assert forks.wait() == 0, (folder / "output.txt").read_text(encoding="utf-8")
    check_sealed(folder / "out", 0)
    assert (folder / "out" / "ledger.jsonl").read_bytes() == recorded


def test_a_complete_run_whose_project_has_changed_is_left_to_report(
    tmp_path: Path, forks: Forks, unfinished: Path
) -> None:
    folder = shutil.copytree(unfinished, tmp_path / "project")
    contract = folder / "contracts" / "things.yaml"
    contract.write_text(contract.read_text(encoding="utf-8").replace("Look", "See"), encoding="utf-8")

    forks.start("run", "--resume", "out", cwd=folder)

    assert forks.wait() == 2
    assert "let `contracts report out` write its files" in (folder / "output.txt").read_text(encoding="utf-8")
    check_sealed(folder / "out", report_run(str(folder / "out"), project=None, environment=None))


@pytest.mark.parametrize("every", [6, pytest.param(1, marks=pytest.mark.thorough)])
def test_a_report_that_is_killed_at_any_moment_leaves_no_half_file_and_can_be_made_again(
    tmp_path: Path, forks: Forks, unfinished: Path, every: int
) -> None:
    whole = shutil.copytree(unfinished / "out", tmp_path / "whole")
    report_run(str(whole), project=None, environment=None)
    new = {path.name: path.read_bytes() for path in whole.iterdir() if path.is_file()}
    old = {name: b"of an earlier version" if name != "ledger.jsonl" else content for name, content in new.items()}
    for moment in range(1, 100, every):
        folder = shutil.copytree(unfinished / "out", tmp_path / str(moment) / "out")
        for name, content in old.items():
            (folder / name).write_bytes(content)

        forks.start("report", "out", "--force", cwd=folder.parent, moment=moment, signals=[KILL])

        if forks.wait() != -KILL:
            break
        for path in folder.iterdir():
            # Only what is named so is half.
            is_whole = path.is_dir() or path.suffix == ".part" or path.read_bytes() in (old[path.name], new[path.name])
            assert is_whole, path
        assert report_run(str(folder), project=None, environment=None, is_forced=True) == 0
        assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == new
    assert moment > 2 * len(new)


PROPERTIES = "properties: {operations: [listThings], phases: [coverage]}"
WAREHOUSE = "warehouse: {dsn: 'chdb://memory', load: 'loader:load'}"
TABLES = "warehouse: things\ntables: {things: {checks: [{id: W.1, exists: true}]}}\n"
LOADER = """
import os
from pathlib import Path


def load(**_):
    if not Path("loaded").exists():
        Path("loaded").touch()
        STRIKE
    return {}
"""
# The settings, and the number of the request at which it comes, 0: the loader.
PLACES = {"a step": ("", 2), "the cleanup": ("", 3), "generated requests": (PROPERTIES, 7), "the load": (WAREHOUSE, 0)}


@pytest.mark.parametrize(
    ("place", "signals"),
    [
        pytest.param("a step", TWO, marks=pytest.mark.thorough),
        pytest.param("a step", THREE, marks=pytest.mark.thorough),
        ("the cleanup", ONE),
        pytest.param("the cleanup", THREE, marks=pytest.mark.thorough),
        pytest.param("generated requests", ONE, marks=pytest.mark.thorough),
        pytest.param("generated requests", THREE, marks=pytest.mark.thorough),
        pytest.param("the load", ONE, marks=pytest.mark.thorough),
        pytest.param("the load", THREE, marks=pytest.mark.thorough),
        ("the load", ()),
    ],
)
def test_a_run_that_ends_in_any_phase_is_finished_by_report_and_by_resume(
    tmp_path: Path, forks: Forks, place: str, signals: Sequence[int]
) -> None:
    """Without signals the loader ends the process, which nothing can catch."""
    if place == "the load" and importlib.util.find_spec("chdb") is None:
        pytest.skip("no embedded ClickHouse on this platform")
    settings, number = PLACES[place]
    service = CountingService(kill_at=number)
    numbers = [int(each) for each in signals]
    strike = f"for number in {numbers}: os.kill(os.getpid(), number)" if signals else "os._exit(0)"
    with serve_wsgi(service) as base_url:
        write_project(tmp_path, SCENARIOS, base_url=base_url, more_settings=settings)
        if place == "the load":
            (tmp_path / "contracts" / "tables.yaml").write_text(TABLES, encoding="utf-8")
            (tmp_path / "loader.py").write_text(LOADER.replace("STRIKE", strike), encoding="utf-8")
        process = forks.start("run", "--output", "out", "--jobs", "1", cwd=tmp_path)

        def strike_run() -> None:
            for number in numbers:
                os.kill(process, number)

        service.kill = strike_run

        code = forks.wait()

        printed = (tmp_path / "output.txt").read_text(encoding="utf-8")
        assert code == (130 if signals else 0), printed
        assert "Traceback" not in printed
        if signals and signals != THREE:
            check_sealed(tmp_path / "out", 130)
        recorded = (tmp_path / "out" / "ledger.jsonl").read_bytes()
        copy = shutil.copytree(tmp_path / "out", tmp_path / "copy" / "out")
        check_sealed(copy, report_run(str(copy), project=None, environment=None))

        forks.start("run", "--resume", "out", cwd=tmp_path)

        code = forks.wait()

    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert results["run"]["complete"] is True, (tmp_path / "output.txt").read_text(encoding="utf-8")
    assert (tmp_path / "out" / "ledger.jsonl").read_bytes().startswith(recorded)
    assert (service.arrived["POST a"], service.things) == (1, {})
    check_sealed(tmp_path / "out", code)


def test_a_run_that_ends_before_anything_is_recorded_leaves_room_for_another(tmp_path: Path, forks: Forks) -> None:
    with serve_wsgi(CountingService()) as base_url:
        write_project(tmp_path, SCENARIOS, base_url=base_url)
        forks.start("run", "--output", "out", cwd=tmp_path, moment="open ledger.jsonl", signals=ONE)
        assert forks.wait() == 130

        forks.start("run", "--output", "out", cwd=tmp_path)

        assert forks.wait() == 0, (tmp_path / "output.txt").read_text(encoding="utf-8")
    check_sealed(tmp_path / "out", 0)
