"""Disks that are full and folders that cannot be written are clear errors; runs do not disturb each other."""

import functools
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from helpers.command import run_contracts
from helpers.forks import Forks
from helpers.kills import IDS, SCENARIO, CountingService
from helpers.ledger_reader import check_chain, read_lines
from helpers.servers import serve_wsgi
from helpers.shop import write_project

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="limits of this kind are POSIX only")
SCENARIOS = "".join(SCENARIO.format(id=name) for name in IDS)


def run_limited(folder: Path, *words: str, file_bytes: int) -> subprocess.CompletedProcess[str]:
    """Run, or do what `words` say, with a bound on the size of each file: beyond it, writes fail as on a full disk."""
    import resource

    return subprocess.run(
        [sys.executable, "-m", "contracts_runner", *(words or ("run", "--output", "out", "--jobs", "2"))],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=functools.partial(resource.setrlimit, resource.RLIMIT_FSIZE, (file_bytes, file_bytes)),
    )


@pytest.mark.parametrize("file_bytes", [5_000, 9_000, 14_000])
def test_a_full_disk_stops_the_run_and_it_can_be_finished_later(tmp_path: Path, file_bytes: int) -> None:
    service = CountingService()
    with serve_wsgi(service) as base_url:
        write_project(tmp_path, SCENARIOS, base_url=base_url)

        done = run_limited(tmp_path, file_bytes=file_bytes)

        sent = service.arrived.total()
        recorded = check_chain(tmp_path / "out" / "ledger.jsonl")
        assert "Traceback" not in done.stderr
        assert (done.returncode, len(done.stderr.strip().splitlines()[-1:])) == (3, 1)
        assert "cannot write out/ledger.jsonl: File too large; nothing is sent that cannot be recorded" in done.stderr
        assert "Make room, then `contracts run --resume out` cleans up and finishes the run" in done.stderr
        assert (tmp_path / "out" / "ledger.jsonl").read_bytes().endswith(b"\n")
        assert sum(line["type"] == "request_sent" for line in read_lines(tmp_path / "out")) == sent

        resumed = run_contracts("run", "--resume", "out", cwd=tmp_path)

    results = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert resumed.code in (0, 3), resumed.stderr
    assert results["run"]["complete"] is True
    assert check_chain(tmp_path / "out" / "ledger.jsonl") > recorded
    assert [call for call, count in service.arrived.items() if count > 1 and not call.startswith("GET")] == []


def test_an_artifact_for_which_there_is_no_room_stops_the_run_too(tmp_path: Path) -> None:
    def list_much(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps({"data": [{"id": number, "name": "a" * 50} for number in range(1000)]}).encode()]

    with serve_wsgi(list_much) as base_url:
        write_project(tmp_path, '- {id: "1", title: L, steps: [{name: l, operation: listThings}]}', base_url=base_url)

        done = run_limited(tmp_path, file_bytes=20_000)

    assert done.returncode == 3
    assert "cannot write out/artifacts/1/1-l.json: File too large; nothing is sent that" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list((tmp_path / "out").rglob("*.part"))


def test_reports_for_which_there_is_no_room_are_written_later(tmp_path: Path) -> None:
    with serve_wsgi(CountingService()) as base_url:
        write_project(tmp_path, SCENARIO.format(id=IDS[0]), base_url=base_url)

        (tmp_path / "sub").mkdir()
        words = ("run", "--project", "..", "--output", "out")
        done = run_limited(tmp_path / "sub", *words, file_bytes=30_000)  # the page alone is larger

    assert done.returncode == 3
    assert "cannot write out/report.html: File too large" in done.stderr
    assert "`contracts run --resume out --project ..` cleans up and finishes the run" in done.stderr
    assert run_contracts("run", "--resume", "out", "--project", "..", cwd=tmp_path / "sub").code == 0
    assert run_contracts("audit", "out", cwd=tmp_path / "sub").code == 0


def test_reports_that_are_rendered_again_say_nothing_of_what_is_sent(tmp_path: Path) -> None:
    with serve_wsgi(CountingService()) as base_url:
        write_project(tmp_path, SCENARIOS, base_url=base_url)
        run_contracts("run", "--output", "out", cwd=tmp_path)

    done = run_limited(tmp_path, "report", "out", file_bytes=9_000)

    assert done.returncode == 3
    assert done.stderr.strip().splitlines()[-1].endswith(": File too large")


@pytest.mark.parametrize("options", [["--output", "closed/out"], []])
def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path, options: list[str]) -> None:
    service = CountingService()
    with serve_wsgi(service) as base_url:
        write_project(tmp_path, SCENARIOS, base_url=base_url)
        closed = tmp_path / ("closed" if options else "runs")
        closed.mkdir()
        closed.chmod(0o555)
        command = [*_without_privileges(), sys.executable, "-m", "contracts_runner", "run", *options]

        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)

    assert (done.returncode, service.arrived.total()) == (2, 0)
    assert "Permission denied" in done.stderr
    assert closed.name in done.stderr
    assert "Traceback" not in done.stderr


def _without_privileges() -> list[str]:
    """Return what takes from root the right to write everywhere."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root can write everywhere")
    return [setpriv, "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all"]


def test_two_runs_of_one_project_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    service = CountingService()
    with serve_wsgi(service) as base_url, Forks() as one, Forks() as two:
        write_project(tmp_path, SCENARIOS, base_url=base_url)
        for forks in (one, two):
            forks.start("run", cwd=tmp_path)
        codes = [one.wait(), two.wait()]

    folders = [path for path in (tmp_path / "runs").iterdir() if path.is_dir()]
    results = [json.loads((folder / "results.json").read_text(encoding="utf-8")) for folder in folders]
    assert codes == [0, 0]
    assert len({each["run"]["id"] for each in results}) == 2
    assert [each["totals"]["scenarios"]["passed"] for each in results] == [4, 4]
    assert sum(each["totals"]["requests_sent"] for each in results) == service.arrived.total()
    assert service.things == {}
    assert all(check_chain(folder / "ledger.jsonl") == len(read_lines(folder)) for folder in folders)
