"""What `--last-failed` chooses of an earlier run."""

import json
from pathlib import Path

import pytest

from contracts_runner.errors import RunFolderError, UsageError
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.project.settings.settings import Settings, load_settings
from contracts_runner.results.events import PropertyFinished, WarehouseCheckFinished
from contracts_runner.results.rows import PropertyRow
from contracts_runner.run.last_failed import choose_last_failed
from contracts_runner.run.options import RunOptions
from helpers.ledger_builder import LedgerBuilder, fold, make_step_row, make_warehouse_row
from helpers.sealing import seal_run


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    text = "version: 1\nspecs: {}\ndefault_environment: sandbox\nenvironments: {sandbox: {}}\n"
    (tmp_path / "contracts.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    found, _ = load_settings(tmp_path)
    assert found is not None
    return found


def write_run(builder: LedgerBuilder) -> Path:
    folder = Path("runs", "20260101T000000Z-sandbox-00000001")
    folder.mkdir(parents=True)
    head = {"seq": 1, "type": "run_started", "at": "", "run": {"id": "00000001", "environment": "sandbox"}}
    (folder / "ledger.jsonl").write_text(json.dumps(head) + "\n", encoding="utf-8")
    (folder / "results.json").write_text(json.dumps(fold(builder.finish())), encoding="utf-8")
    return folder


def build_run() -> LedgerBuilder:
    builder = LedgerBuilder(Outcome)
    for outcome in Outcome:
        builder.add_scenario(outcome, make_step_row(outcome))
    for operation, outcome in (("listOrders", "failed"), ("listOrders", "errored"), ("getEvent", "passed")):
        identifier = f"{operation} {outcome}"
        builder.add(PropertyFinished(row=PropertyRow(id=identifier, operation=operation, outcome=Outcome(outcome))))
    for row in (("W.1", {}), ("W.2", {"severity": "warning"})):
        builder.add(WarehouseCheckFinished(row=make_warehouse_row("failed", id=row[0], **row[1])))
    return builder


@pytest.mark.parametrize("name", ["last", "00000001", "runs/20260101T000000Z-sandbox-00000001.zip"])
def test_what_failed_or_errored_is_chosen(settings: Settings, name: str) -> None:
    seal_run(write_run(build_run()))

    options = choose_last_failed(RunOptions(last_failed=name), settings)

    assert options.list_chosen(Phase.SCENARIOS) == ("failed", "errored")
    assert options.list_chosen(Phase.PROPERTIES) == ("listOrders",)
    assert options.list_chosen(Phase.WAREHOUSE) == ("W.1",)


def test_where_nothing_failed_nothing_can_be_chosen(settings: Settings) -> None:
    write_run(LedgerBuilder().add_scenario("1.1", make_step_row()))

    with pytest.raises(UsageError, match="--last-failed: nothing failed or errored in runs/"):
        choose_last_failed(RunOptions(last_failed="last"), settings)


def test_results_that_cannot_be_read_are_told(settings: Settings) -> None:
    (write_run(build_run()) / "results.json").write_text("{}", encoding="utf-8")

    with pytest.raises(RunFolderError, match=r"results\.json cannot be read"):
        choose_last_failed(RunOptions(last_failed="last"), settings)
