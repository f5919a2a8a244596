"""`contracts history [ID]`: the outcomes of an environment over its runs, in words, as JSON, as a page."""

import html
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from contracts_runner.cli.main import main
from helpers.command import COLD, run_contracts
from helpers.ledger_builder import LedgerBuilder, fold, make_step_row
from helpers.sealing import seal_run

PART = 25  # the day of a run that is a part of another one
# Of each day the outcomes of the scenarios.
DAYS = (
    {"1.1": "passed", "1.2": "passed", "1.3": "failed", "1.4": "known", "1.5[cup]": "passed"},
    {"1.1": "passed", "1.2": "failed", "1.3": "failed", "1.4": "known", "1.5[cup]": "passed"},
    {"1.1": "passed", "1.2": "passed", "1.3": "passed", "1.4": "known", "1.5[cup]": "passed"},
    {"1.1": "failed", "1.2": "failed", "1.4": "known", "1.5[cup]": "passed"},
)


def write_run(day: int, outcomes: dict[str, str], *, second: dict[str, object] | None = None) -> Path:
    builder = LedgerBuilder(outcomes, id=f"{day:08}")
    for identifier, outcome in outcomes.items():
        builder.add_scenario(identifier, make_step_row(outcome))
    results = fold(builder.finish())
    results["run"]["started_at"] = f"2026-01-{day:02}T00:00:00.000Z"
    folder = Path("runs", f"202601{day:02}T000000Z-sandbox-{day:08}")
    part = {"shard": {"part": "1/2", "split": "a"}} if day == PART else {}
    folder.mkdir(parents=True)
    head = {"run": {"id": f"{day:08}", "environment": "sandbox", **part}, "at": results["run"]["started_at"]}
    after = second or {"seq": 2, "type": "phase_finished", "phase": "warehouse"}
    lines = [{"seq": 1, "type": "run_started", **head}, after]
    (folder / "ledger.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    (folder / "results.json").write_text(json.dumps(results), encoding="utf-8")
    return folder


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for day, outcomes in enumerate(DAYS, start=11):
        folder = write_run(day, outcomes)
        (folder / "report.html").write_text("", encoding="utf-8")
    return tmp_path


def history(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["history", *arguments])


def test_text_has_the_runs_and_what_changed(runs: Path) -> None:
    done = history("--env", "sandbox")

    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert done.exit_code == 0
    assert lines[0] == "environment sandbox (simulated: says nothing about production), 4 runs, the oldest first"
    assert lines[5] == (
        "2026-01-14T00:00:00.000Z 00000014 runs/20260114T000000Z-sandbox-00000014 2 failed, 1 known, 1 passed"
    )
    assert lines[9:] == ["1.1 PPPF new", "1.2 PFPF flaky: broken 2 of 4", "1.3 FFP.", "1 flaky, 2 of 5 rows steady"]


def test_json_has_all_rows(runs: Path) -> None:
    found = json.loads(history("--format", "json").stdout)

    assert [run["totals"]["scenarios"]["total"] for run in found["runs"]] == [5, 5, 5, 4]
    [row] = [row for row in found["rows"] if row["id"] == "1.2"]
    assert row["outcomes"] == ["passed", "failed", "passed", "failed"]
    assert (row["since"]["state"], row["since"]["runs"], row["since"]["of"]) == ("flaky", 2, 4)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("1.2", "1.2: flaky: broken 2 of 4"),
        ("1.3", "1.3: not in the last run"),
        ("1.5", "1.5[cup]: passed in each of 4 runs"),
    ],
)
def test_one_row_run_by_run(runs: Path, name: str, first: str) -> None:
    lines = history(name).stdout.splitlines()

    assert lines[0] == first
    outcomes = [day.get(name) or day.get(f"{name}[cup]", "no row") for day in DAYS]
    assert [re.split(r"\s{2,}", line.strip())[-1] for line in lines[2:]] == outcomes


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [
        (["passed"], "passed in 1 run"),
        (["failed", "failed", "blocked"], "blocked in the last run"),
        (["failed", "passed", "passed"], "passed in the last 2 runs"),
        (["known", "known"], "known in each of 2 runs"),
    ],
)
def test_a_row_of_which_nothing_changed_tells_its_outcome(
    outcomes: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for day, outcome in enumerate(outcomes, start=11):
        write_run(day, {"1.1": outcome})

    assert history("1.1").stdout.splitlines()[0] == f"1.1: {told}"


def test_an_id_that_no_run_has_is_told(runs: Path) -> None:
    done = run_contracts("history", "1.22", "--env", "sandbox", cwd=runs, **COLD)

    assert (done.code, done.stderr.strip()) == (
        2,
        "no run of 'sandbox' that is kept has a row '1.22'; did you mean '1.2'?",
    )


def test_runs_that_only_a_ledger_tells_of_count_and_damaged_ones_are_told(runs: Path) -> None:
    told = {
        "seq": 2,
        "type": "earlier_runs_recorded",
        "runs": [{"id": "00000009", "started_at": "2026-01-09T00:00:00.000Z"}],
        "rows": [{"phase": "scenarios", "id": "1.1", "outcomes": "E"}],
    }
    seal_run(write_run(20, {"1.1": "passed"}, second=told))
    write_run(PART, {"1.1": "errored"})
    (write_run(21, {"1.1": "passed"}) / "results.json").write_text("{}", encoding="utf-8")

    done = history("--format", "json")

    found = json.loads(done.stdout)
    folders = [(run["id"], run["folder"] is None) for run in found["runs"]]
    assert folders[:2] == [("00000009", True), ("00000011", False)]
    [row] = [row for row in found["rows"] if row["id"] == "1.1"]
    assert row["outcomes"] == ["errored", "passed", "passed", "passed", "failed", "passed"]
    assert "runs/20260121T000000Z-sandbox-00000021 is left out of the history: " in done.stderr


def test_the_page_is_one_file_that_loads_nothing(runs: Path) -> None:
    done = history("--html", "runs/index.html")

    page = Path("runs/index.html").read_text(encoding="utf-8")
    assert (done.exit_code, done.stdout) == (0, "runs/index.html: written, with 4 runs\n")
    assert '<a href="./20260114T000000Z-sandbox-00000014/report.html">00000014</a>' in page
    assert "flaky: broken 2 of 4" in page
    assert page.count('<tr><th scope="row">') == 3
    assert re.findall(r"<script|\bstyle=|https?://", page) == []
    assert "default-src 'none'; style-src 'sha256-" in html.unescape(page)
    assert history("--html", "runs/index.html", "--lang", "ru").exit_code == 0  # it is no run
    russian = Path("runs/index.html").read_text(encoding="utf-8")
    assert '<html lang="ru">' in russian
    assert "<h2>Что изменилось или сломано</h2>" in russian


def test_without_a_run_there_is_no_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    done = history("--env", "prod")

    assert (done.exit_code, "there is no run of the environment 'prod' in runs yet" in done.stderr) == (2, True)
