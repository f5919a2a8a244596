"""`contracts diff A B`: two runs, however they are named, in words, as JSON, as annotations."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from contracts_runner.cli.main import main
from helpers.command import COLD, run_contracts
from helpers.ledger_builder import LedgerBuilder, fold, make_check_row, make_step_row
from helpers.sealing import seal_run

EARLIER, LATER = "20260101T000000Z-sandbox-00000001", "20260102T000000Z-sandbox-00000002"


def write_run(name: str, outcomes: dict[str, str], latency: float) -> Path:
    """Write a run in ./runs whose scenarios have the outcomes, and whose ten answers took so long."""
    builder = LedgerBuilder(outcomes, id=name[-8:])
    for identifier, outcome in outcomes.items():
        checks = [make_check_row(outcome, message="the \x1b[31mname\x1b[0m is\nanother")]
        steps = [make_step_row(outcome, checks=checks, response={"latency_ms": latency + count}) for count in range(10)]
        builder.add_scenario(identifier, *steps)
    folder = Path("runs", name)
    folder.mkdir(parents=True)
    head = {"seq": 1, "type": "run_started", "at": "", "run": {"id": name[-8:], "environment": "sandbox"}}
    (folder / "ledger.jsonl").write_text(json.dumps(head) + "\n", encoding="utf-8")
    (folder / "results.json").write_text(json.dumps(fold(builder.finish())), encoding="utf-8")
    return folder


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    seal_run(write_run(EARLIER, {"1.1": "passed", "1.2": "failed", "1.3": "failed"}, 10.0))
    write_run(LATER, {"1.1": "failed", "1.2": "passed", "1.3": "failed"}, 70.0)
    return tmp_path


def diff(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["diff", *arguments])


@pytest.mark.parametrize("before", [f"runs/{EARLIER}", f"runs/{EARLIER}.zip", "00000001", EARLIER])
def test_json_is_one_object_with_each_list(runs: Path, before: str) -> None:
    done = diff(before, "last", "--format", "json")

    found = json.loads(done.stdout)
    assert (done.exit_code, found["ok"]) == (1, False)
    assert {key: [row["id"] for row in found[key]] for key in ("newly_failing", "fixed", "still_failing", "new")} == {
        "newly_failing": ["1.1"],
        "fixed": ["1.2"],
        "still_failing": ["1.3"],
        "new": [],
    }
    assert (found["before"]["id"], found["after"]["id"]) == ("00000001", "00000002")
    assert [(row["operation"], row["before_ms"], row["after_ms"]) for row in found["slower"]] == [
        ("listOrders", 14.5, 74.5)
    ]
    assert found["statistic"].startswith("Mann-Whitney U, ")


def test_text_says_it_in_words_and_escapes_what_a_service_wrote(runs: Path) -> None:
    done = diff("00000001", "00000002")

    assert "newly failing: 1\n    1.1  passed -> failed: the \\x1b[31mname\\x1b[0m is another\n" in done.stdout
    assert "slower: 1\n    listOrders: median 14.5 ms (30) -> 74.5 ms (30), p = " in done.stdout
    assert done.stdout.endswith("1 newly failing, 1 fixed, 1 still failing, 1 operation slower\n")


def test_annotations_are_at_the_line_of_the_contract(runs: Path) -> None:
    done = diff("00000001", "00000002", "--format", "github")

    assert done.stdout.startswith(
        "::error file=contracts/orders.yaml,line=10,title=newly failing::1.1  passed -> failed"
    )


def test_nothing_newly_failing_is_exit_0(runs: Path) -> None:
    done = diff("00000002", "00000002")

    assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "2 still failing")


def test_a_run_that_is_not_there_is_told(runs: Path) -> None:
    done = run_contracts("diff", "last", "000000ff", cwd=runs, **COLD)

    assert (done.code, "there is no run '000000ff'" in done.stderr) == (2, True)
