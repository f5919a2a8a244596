"""The main job: `contracts run` against the embedded sandbox and the embedded ClickHouse, as a newcomer starts it."""

import csv
import hashlib
import json
import zipfile
from collections import Counter
from typing import Any

import pytest

from helpers.command import COLD, Finished, run_contracts
from helpers.ledger_reader import check_chain, read_lines
from helpers.rendering import WRITTEN

SEED_IDS = [f"3.{n}" for n in range(3, 8)] + [f"6.{n}" for n in range(1, 16)] + ["7.1", "7.2", "7.3"]
REFUTED = {"3.4": "V.R11", "3.5": "V.R12", "3.6": "V.R13", "3.7": "V.R13"}
SANDBOX_LINE = "sandbox run: says nothing about production"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("empty")
    return run_contracts("run", "--project", "shipped", "--output", "out", cwd=folder, **COLD)


def test_it_ends_with_exit_0_in_an_empty_folder(run: Finished) -> None:
    assert run.code == 0, run.stderr


def test_the_first_line_says_that_it_was_a_sandbox(run: Finished) -> None:
    reports = [(run.folder / name).read_text(encoding="utf-8") for name in ("report.md",)]

    assert [text.splitlines()[0] for text in [run.stdout, *reports]] == [SANDBOX_LINE] * 2
    assert SANDBOX_LINE in (run.folder / "report.html").read_text(encoding="utf-8")


def test_the_page_is_small(run: Finished) -> None:
    assert (run.folder / "report.html").stat().st_size <= 1_500_000


def test_every_seed_id_has_an_outcome_and_none_failed(run: Finished) -> None:
    outcomes = run.outcomes

    assert [outcomes.get(number, "missing") for number in SEED_IDS if number not in REFUTED] == ["passed"] * 19
    assert set(outcomes.values()) <= {"passed", "known"}


@pytest.mark.parametrize(("refuted", "documented"), REFUTED.items())
def test_a_refuted_request_is_known_and_its_documented_twin_passes(
    run: Finished, refuted: str, documented: str
) -> None:
    row = next(row for row in run.results["scenarios"] if row["id"] == refuted)

    assert row["outcome"] == "known"
    assert documented in row["reason"]
    assert run.outcomes[documented] == "passed"


def test_totals_are_the_counts_of_the_rows(run: Finished) -> None:
    results = run.results

    phases = {name: results[name] for name in ("scenarios", "properties")}
    for phase, rows in {**phases, "warehouse": results["warehouse"]["checks"]}.items():
        counted = Counter(row["outcome"] for row in rows)
        totals = dict(results["totals"][phase])
        assert totals.pop("total") == len(rows)
        assert {outcome: number for outcome, number in totals.items() if number} == dict(counted)


def test_requests_are_counted_where_they_left(run: Finished) -> None:
    sent = [line for line in read_lines(run.folder) if line["type"] == "request_sent"]
    steps = [step for row in run.results["scenarios"] for step in row["steps"]]

    assert run.results["totals"]["requests_sent"] == len(sent)
    assert sum(line["phase"] == "scenarios" for line in sent) == sum(step["attempts"] for step in steps)
    assert run.results["totals"]["writes_sent"] == sum(line["is_write"] for line in sent) > 0


def test_every_response_in_the_results_is_in_an_artifact(run: Finished) -> None:
    steps = [step for row in run.results["scenarios"] for step in row["steps"] if step["response"]]

    artifacts = [json.loads((run.folder / step["artifact"]).read_text(encoding="utf-8")) for step in steps]

    assert len(steps) > len(SEED_IDS)
    assert [item["response"]["status"] for item in artifacts] == [step["response"]["status"] for step in steps]


def test_the_hashes_of_the_manifest_are_true_and_complete(run: Finished) -> None:
    manifest: dict[str, str] = json.loads((run.folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    files = {path.relative_to(run.folder).as_posix(): path for path in run.folder.rglob("*") if path.is_file()}
    del files["manifest.json"]

    assert manifest == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}


def test_the_archive_holds_the_same_files(run: Finished) -> None:
    with zipfile.ZipFile(f"{run.folder}.zip") as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}

    files = [path for path in run.folder.rglob("*") if path.is_file()]
    assert packed == {path.relative_to(run.folder).as_posix(): path.read_bytes() for path in files}


def test_the_ledger_is_one_chain(run: Finished) -> None:
    assert check_chain(run.folder / "ledger.jsonl") > 100


def test_results_come_in_contract_order(run: Finished) -> None:
    started: Any = read_lines(run.folder)[0]

    assert list(run.outcomes) == [scenario["id"] for scenario in started["scenarios"]]


def test_no_credential_is_in_any_file(run: Finished) -> None:
    data = b"".join(path.read_bytes() for path in run.folder.rglob("*") if path.is_file())

    assert b"sandbox-rest-token" not in data
    assert b"sandbox-partner-key" not in data


def test_row_counts_were_measured_before_and_after(run: Finished) -> None:
    snapshots = run.results["warehouse"]["snapshots"]
    with (run.folder / "clickhouse.csv").open(encoding="utf-8", newline="") as file:
        table = {row["table"]: row for row in csv.DictReader(file)}

    assert snapshots["before"]["stg_qtickets_api_orders_raw"] == 0
    assert snapshots["after"]["stg_qtickets_api_orders_raw"] > 0
    assert table["stg_qtickets_api_orders_raw"]["rows_after"] == str(snapshots["after"]["stg_qtickets_api_orders_raw"])


def test_the_report_can_be_rendered_again_from_the_ledger(run: Finished) -> None:
    before = {name: (run.folder / name).read_bytes() for name in WRITTEN}

    again = run_contracts("report", str(run.folder), cwd=run.folder.parent, **COLD)

    assert again.code == 0, again.stderr
    assert {name: (run.folder / name).read_bytes() for name in WRITTEN} == before
