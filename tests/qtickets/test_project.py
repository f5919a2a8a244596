"""The project of this repository has no mistakes, and none of its Partners scenarios passes where all is refused."""

import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import yaml

from helpers.command import REPOSITORY, run_contracts
from helpers.servers import serve_wsgi


def refuse(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer every call with HTTP 200 and an error."""
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 OK", [("Content-Type", "application/json")])
    body = {"status": "error", "code": "WRONG_AUTHORIZATION", "message": "Wrong authorization"}
    return [json.dumps(body).encode()]


def test_the_project_of_this_repository_has_no_errors() -> None:
    finished = run_contracts("check", "--format", "json", cwd=REPOSITORY)

    problems = json.loads(finished.stdout)["problems"]
    assert [row for row in problems if row["severity"] == "error"] == []
    assert finished.code == 0


def test_a_partners_api_that_refuses_every_call_fails_every_scenario_of_it(tmp_path: Path) -> None:
    for name in ("spec", "contracts"):
        shutil.copytree(REPOSITORY / name, tmp_path / name)
    with serve_wsgi(refuse) as base_url:
        settings: dict[str, Any] = yaml.safe_load((REPOSITORY / "contracts.yaml").read_text(encoding="utf-8"))
        sandbox = settings["environments"]["sandbox"]
        del sandbox["sandbox"], sandbox["warehouse"], settings["templates"]
        sandbox["base_url"] = base_url
        (tmp_path / "contracts.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
        finished = run_contracts("run", "6.*", "V.P*", "--output", "out", cwd=tmp_path)

    assert finished.code == 1
    assert len(finished.outcomes) >= 24
    assert set(finished.outcomes.values()) == {"failed"}
