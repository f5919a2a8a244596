"""What a new run reads of earlier ones: of which, in which order, and what it leaves out."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.evidence.lock import hold_run
from contracts_runner.project.settings.settings import Settings, load_settings
from contracts_runner.results.events import EarlierRunsRecorded
from contracts_runner.run.earlier_runs import KEPT, EarlierRuns, Order
from helpers.contracts import make_scenario
from helpers.sealing import seal_run

SELF = "20260131T000000Z-prod-00000031"


def write_run(
    base: Path, day: int, outcome: str = "passed", *, earlier: dict[str, Any] | None = None, **run: Any
) -> Path:
    """Write a run of a day in January 2026, in which the scenario 1.1 has the outcome."""
    identifier, at = f"{day:08}", f"2026-01-{day:02}T00:00:00.000Z"
    head = {"id": identifier, "environment": "prod", "files": {"contracts.yaml": "a", "contracts/a.yaml": "b"}, **run}
    results = {
        "run": {"complete": True, "started_at": at, **head},
        "scenarios": [{"id": "1.1", "outcome": outcome, "steps": []}],
        "warehouse": {"checks": [{"id": "W.1", "table": "t", "outcome": "skipped"}]},
        "latency": [{"operation": "listThings", "count": 1, "p50": day * 1.5}],
    }
    place = base / f"202601{day:02}T000000Z-prod-{identifier}"
    place.mkdir(parents=True)
    second = (
        {"type": "earlier_runs_recorded", **earlier} if earlier else {"type": "environment_recorded", "findings": []}
    )
    lines = [{"seq": 1, "at": at, "type": "run_started", "run": head}, {"seq": 2, **second}]
    (place / "ledger.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
    (place / "results.json").write_text(json.dumps(results), encoding="utf-8")
    return place


def make_earlier(letters: dict[int, str]) -> dict[str, Any]:
    """The second line of a ledger: day of a run -> the letter of scenario 1.1."""
    runs = [{"id": f"{day:08}", "started_at": f"2026-01-{day:02}T00:00:00.000Z"} for day in letters]
    return {"runs": runs, "rows": [{"phase": "scenarios", "id": "1.1", "outcomes": "".join(letters.values())}]}


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    text = "version: 1\nspecs: {}\ndefault_environment: prod\nenvironments: {prod: {}}\n"
    (tmp_path / "contracts.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    found, _ = load_settings(tmp_path)
    assert found is not None
    return found


def read(settings: Settings, folder: Path = Path("runs", SELF)) -> tuple[EarlierRunsRecorded | None, list[str]]:
    files = ("contracts.yaml", "contracts/a.yaml", "spec.yaml")
    return EarlierRuns(
        settings=settings, environment="prod", run_id="00000031", folder=folder, files=files, history=None
    ).read()


def list_days(settings: Settings, folder: Path = Path("runs", SELF)) -> dict[int, str]:
    """Day of a run -> the letter of scenario 1.1."""
    event, problems = read(settings, folder)
    assert problems == []
    if event is None:
        return {}
    letters = next(row.outcomes for row in event.rows if row.id == "1.1")
    return {int(run.id): letter for run, letter in zip(event.runs, letters, strict=True)}


def test_without_runs_there_is_nothing(settings: Settings) -> None:
    assert read(settings) == (None, [])


def test_the_oldest_run_comes_first_and_each_row_has_its_letter(settings: Settings) -> None:
    write_run(Path("runs"), 2, "errored")
    write_run(Path("runs"), 1, "fixed")

    event, _ = read(settings)

    assert event is not None
    assert [(row.phase, row.id, row.outcomes) for row in event.rows] == [
        ("scenarios", "1.1", "XE"),
        ("warehouse", "W.1", "SS"),
    ]


def test_the_newest_run_holds_those_before_it(settings: Settings) -> None:
    write_run(Path("runs"), 9, "failed", earlier=make_earlier({3: "P", 4: "F", 5: "."}))

    assert list_days(settings) == {3: "P", 4: "F", 5: ".", 9: "F"}


def test_of_a_merged_run_the_first_part_holds_those_before_it(settings: Settings) -> None:
    ledger = write_run(Path("runs"), 9, "failed", earlier=make_earlier({3: "P"})) / "ledger.jsonl"
    first, second = ledger.read_text(encoding="utf-8").splitlines()
    begin = json.dumps({"seq": 2, "type": "environment_recorded", "findings": []})
    ledger.write_text(f"{first}\n{begin}\n{second}\n", encoding="utf-8")

    assert list_days(settings) == {3: "P", 9: "F"}


def test_runs_at_the_same_time_each_count_once(settings: Settings) -> None:
    write_run(Path("runs"), 3)
    write_run(Path("runs"), 4, "failed", earlier=make_earlier({2: "K", 3: "P"}))
    write_run(Path("runs"), 5, "passed", earlier=make_earlier({2: "K", 3: "P"}))

    assert list_days(settings) == {2: "K", 3: "P", 4: "F", 5: "P"}


def test_a_part_of_a_run_is_no_run_of_its_own(settings: Settings) -> None:
    write_run(Path("runs"), 3)
    write_run(Path("runs"), 4, "failed", shard={"part": "1/2", "split": "a"})

    assert list_days(settings) == {3: "P"}


def test_recorded_traffic_is_no_run_of_contracts(settings: Settings) -> None:
    write_run(Path("runs"), 3)
    write_run(Path("runs"), 4, "failed", observed=[{"file": "a.har"}])

    assert list_days(settings) == {3: "P"}


def test_only_the_last_ones_are_kept(settings: Settings) -> None:
    write_run(Path("runs"), 30, earlier=make_earlier(dict.fromkeys(range(1, 30), "P")))

    assert [*list_days(settings)] == [*range(31 - KEPT, 31)]


@pytest.mark.parametrize(
    "run", [{"complete": False}, {"environment": "test"}, {"files": {"contracts.yaml": "a", "contracts/b.yaml": "b"}}]
)
def test_a_run_that_says_nothing_of_this_one_is_passed_over(settings: Settings, run: dict[str, Any]) -> None:
    write_run(Path("runs"), 1)
    write_run(Path("runs"), 2, "failed", **run)

    assert list_days(settings) == {1: "P"}


def test_a_run_in_progress_and_the_run_itself_are_passed_over(settings: Settings) -> None:
    write_run(Path("runs"), 1)
    running, own = write_run(Path("runs"), 2), write_run(Path("runs"), 3)

    with hold_run(running / "ledger.jsonl"):
        assert list_days(settings, own) == {1: "P"}


def test_an_archive_counts_where_its_folder_is_gone(settings: Settings) -> None:
    folder = write_run(Path("runs"), 2, "failed", earlier=make_earlier({1: "P"}))
    seal_run(folder)
    shutil.rmtree(folder)

    assert list_days(settings) == {1: "P", 2: "F"}


def test_runs_beside_the_output_folder_count(settings: Settings) -> None:
    write_run(Path("elsewhere"), 1)

    assert list_days(settings, Path("elsewhere", "mine")) == {1: "P"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("results.json", ""),
        ("results.json", "{}"),
        ("results.json", '{"run": {"id": 1}}'),
        ("results.json", json.dumps({"run": {"id": "x" * 9999, "started_at": "", "complete": True}})),
        ("results.json", "[" * 100_000),
        ("ledger.jsonl", '{"type": "run_started", "run": {"environment": "prod"}, "at": ""}\n{"type": '),
        ("ledger.jsonl", '{"run": {"environment": "prod"}, "at": ""}\n{"type": "earlier_runs_recorded", "runs": 7}\n'),
        ("ledger.jsonl", '{"run": {"environment": "prod"}, "at": ""}\n\xff\n'),
    ],
)
def test_what_cannot_be_read_is_told_and_the_others_count(settings: Settings, name: str, content: str) -> None:
    write_run(Path("runs"), 1)
    (write_run(Path("runs"), 2, "failed") / name).write_text(content, encoding="latin-1")

    event, problems = read(settings)

    assert event is not None
    assert [run.id for run in event.runs] == ["00000001"]
    [problem] = problems
    assert problem.startswith("runs/20260102T000000Z-prod-00000002 is left out of the history: ")


def test_a_run_that_was_killed_is_named_once(settings: Settings) -> None:
    (write_run(Path("runs"), 2, "failed") / "results.json").unlink()

    assert read(settings)[1] == [
        "runs/20260102T000000Z-prod-00000002 is left out of the history: it has no file results.json; "
        "`contracts report` writes it"
    ]


def test_a_link_is_not_followed(settings: Settings) -> None:
    folder = write_run(Path("runs"), 2)
    (folder / "results.json").rename("results.json")
    (folder / "results.json").symlink_to(Path("results.json").resolve())

    event, problems = read(settings)

    assert event is None
    assert len(problems) == 1


def test_letters_beyond_the_runs_that_are_named_are_left_out(settings: Settings) -> None:
    damaged = {**make_earlier({1: "P"}), "rows": [{"phase": "scenarios", "id": "1.1", "outcomes": "PFFFF"}]}
    write_run(Path("runs"), 2, "failed", earlier=damaged)

    assert list_days(settings) == {1: "P", 2: "F"}


@pytest.mark.parametrize(
    ("jobs", "started"),
    [(2, ["broken", "long", "new", "short"]), (1, ["broken", "short", "new", "long"])],
)
def test_of_several_at_a_time_the_longest_is_started_first(jobs: int, started: list[str]) -> None:
    order = Order(frozenset({"broken"}), {"short": 1.0, "long": 30.0, "broken": 2.0, "other": 2.0})
    scenarios = [make_scenario(name) for name in ("short", "new", "long", "broken")]

    assert [scenario.id for scenario in order.sort(scenarios, jobs=jobs)] == started


def test_the_latency_is_that_of_the_newest_run(settings: Settings) -> None:
    for day in (1, 2):
        write_run(Path("runs"), day)

    event, _ = read(settings)

    assert event is not None
    assert event.latency == {"listThings": 3.0}
