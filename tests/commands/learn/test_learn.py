"""`contracts learn`: an overlay on stdout, or nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from contracts_runner.cli.main import main
from helpers.ledger_builder import LedgerBuilder, fold
from helpers.shop import READ, write_project

THING = {"id": 1, "name": "ключ", "owner": "<email>", "phone": "<phone>", "weight": 1.5}


def write_run(folder: Path, *bodies: Any, packed: bool = False) -> Path:
    """Write a run with the answers of an operation, as files or packed."""
    folder.mkdir(parents=True)
    builder = LedgerBuilder({}, id="00000001", environment="here", simulated=False)
    (folder / "ledger.jsonl").write_text('{"seq": 1, "type": "run_started"}\n', encoding="utf-8")
    (folder / "results.json").write_text(json.dumps(fold(builder.finish())), encoding="utf-8")
    request = {"method": "GET", "url": "https://things.example.com/things/1"}
    for number, body in enumerate(bodies):
        answer = {"status": 200, "media_type": "application/json", "body": json.dumps(body, ensure_ascii=False)}
        document = {"operation": "getThing", "request": request, "response": answer}
        name = f"artifacts/1.1/{number}-read.json"
        if packed:
            line = json.dumps({"artifact": name, "content": document}, separators=(",", ":"))
            with (folder / "artifacts.jsonl").open("a", encoding="utf-8") as pack:
                pack.write(f"{line}\n")
        else:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(json.dumps(document), encoding="utf-8")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project", READ, base_url="https://things.example.com")


def learn(project: Path, *arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["--project", str(project), "learn", *map(str, arguments)])


@pytest.mark.parametrize("packed", [False, True])
def test_the_overlay_of_several_runs_is_on_stdout(project: Path, tmp_path: Path, packed: bool) -> None:
    runs = [write_run(tmp_path / name, THING, packed=packed) for name in ("one", "two")]

    done = learn(project, *runs)

    assert (done.exit_code, done.stderr) == (0, "")
    head, overlay = done.stdout.splitlines()[:2], yaml.safe_load(done.stdout)
    assert head[0].startswith("# Seen in 2 answers, and not said by spec.yaml.")
    assert "Runs: 00000001 (here), 00000001 (here)." in head[1]
    assert [(each["target"], list(each["update"]["properties"])) for each in overlay["actions"]] == [
        ("$.components.schemas.Thing", ["phone", "weight"])
    ]


def test_added_by_hand_it_is_checked_and_leaves_nothing(project: Path, tmp_path: Path) -> None:
    run = write_run(tmp_path / "one", THING)
    (project / "learned.yaml").write_text(learn(project, run).stdout, encoding="utf-8")
    settings = project / "contracts.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("spec.yaml", "{document: spec.yaml, overlays: [learned.yaml]}"), encoding="utf-8")

    checked = CliRunner().invoke(main, ["--project", str(project), "check"])
    done = learn(project, run)

    assert (checked.exit_code, "learned.yaml" in checked.stdout) == (0, False), checked.stdout
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "things: 1 answer, and nothing that the document does not say\n"


def test_an_unknown_spec_is_wrong_use(project: Path, tmp_path: Path) -> None:
    done = learn(project, write_run(tmp_path / "one"), "--spec", "thing")

    assert done.exit_code == 2
    assert "contracts.yaml has no spec 'thing'; Did you mean 'things'?" in done.stderr


def test_a_folder_that_is_no_run_is_told(project: Path, tmp_path: Path) -> None:
    done = learn(project, tmp_path)

    assert done.exit_code == 2
    assert "is not a run" in done.stderr
