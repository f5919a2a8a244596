"""What a run says of the runs before it, and that everywhere the same is said."""

import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from helpers.command import Finished, run_contracts
from helpers.servers import serve_wsgi
from helpers.shop import write_project

SCENARIOS = """
- {id: "1.1", title: One thing, steps: [{operation: getThing, parameters: {id: 1}, expect: {body: {$.name: чашка}}}]}
- {id: "1.2", title: All things, steps: [{operation: listThings}]}
"""


def run_with(project: Path, name: str, *arguments: str) -> Finished:
    """Run against a service whose thing has the name."""

    def serve(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = {"id": 1, "name": name} if environ["PATH_INFO"] == "/things/1" else {"data": []}
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(body).encode()]

    with serve_wsgi(serve) as base_url:
        write_project(project, SCENARIOS, base_url=base_url)
        return run_contracts("run", "--format", "md", *arguments, cwd=project)


def list_since(finished: Finished) -> list[tuple[str, str, int]]:
    return [(row["id"], row["state"], row["runs"]) for row in finished.results["since"]]


def test_a_run_tells_what_is_new_since_when_and_what_is_fixed(tmp_path: Path) -> None:
    first = run_with(tmp_path, "чашка", "--output", "all/1")
    broken = run_with(tmp_path, "тарелка", "--output", "all/2")
    still = run_with(tmp_path, "тарелка", "--output", "all/3")
    assert "since" not in first.results
    assert list_since(broken) == [("1.1", "new", 1)]
    assert list_since(still) == [("1.1", "since", 2)]
    assert still.results["since"][0]["run"] == broken.results["run"]["id"]

    # On another machine there is the archive of the last run alone.
    shutil.move(tmp_path / "all" / "3.zip", tmp_path / "kept.zip")
    shutil.rmtree(tmp_path / "all")
    still.folder.parent.mkdir()
    shutil.move(tmp_path / "kept.zip", still.folder.parent / "3.zip")
    mended = run_with(tmp_path, "чашка", "--output", "all/4")

    assert list_since(mended) == [("1.1", "fixed", 2)]
    assert run_contracts("audit", "all/4", cwd=tmp_path).code == 0
    edited = mended.results | {"since": []}
    (mended.folder / "results.json").write_text(json.dumps(edited), encoding="utf-8")
    audit = run_contracts("audit", "all/4", cwd=tmp_path)
    assert (audit.code, "since scenarios 1.1: printed nothing" in audit.stdout) == (1, True)


def test_a_damaged_run_is_told_and_breaks_nothing(tmp_path: Path) -> None:
    (run_with(tmp_path, "чашка", "--output", "all/1").folder / "results.json").write_text("{}", encoding="utf-8")

    finished = run_with(tmp_path, "чашка", "--output", "all/2")

    assert (finished.code, "since" in finished.results) == (0, False)
    assert "all/1 is left out of the history: " in finished.stderr
