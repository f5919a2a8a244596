"""A resumed run and the phases after the scenarios: what had ended is left out, a generated write is never repeated."""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.audit.run_audit import audit_folder
from contracts_runner.model.environment import WarehouseSettings
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.properties.row_builder import build_untested
from contracts_runner.results.events import (
    Event,
    PhaseFinished,
    PropertiesRestarted,
    PropertyAnswered,
    PropertyFinished,
    RequestSent,
    RunStarted,
    WarehouseLoaded,
    WarehouseSnapshot,
)
from contracts_runner.results.lines import Line
from contracts_runner.results.record import read_record
from contracts_runner.results.rows import Moment, RunDescription
from contracts_runner.run.audit import build_tool
from contracts_runner.run.resume import Resumption
from contracts_runner.warehouse.warehouse_phase import WarehousePhase
from helpers.forks import Forks
from helpers.kills import CountingService
from helpers.ledger_reader import read_lines
from helpers.servers import serve_wsgi
from helpers.shop import write_project
from helpers.warehouse_desk import make_redactor
from helpers.whole_ledger import read_ledger


def make_resumption(*events: Event) -> Resumption:
    run = RunDescription(id="0badcafe", environment="here")
    started = RunStarted(run=run, scenarios=(), deselected=0, operations=())
    lines = [Line(seq=number, at="", event=event) for number, event in enumerate((started, *events), start=1)]
    return Resumption(folder=Path("out"), started=started, lines=lines, progress={})


def request(operation: str, *, is_write: bool, phase: Phase = Phase.PROPERTIES) -> RequestSent:
    return RequestSent(phase=phase, operation=operation, method="POST", url="u", is_write=is_write)


def test_operations_of_which_a_generated_write_left_are_told_apart() -> None:
    resumption = make_resumption(
        request("listThings", is_write=False),
        request("addThing", is_write=True),
        request("addThing", is_write=False),
        request("removeThing", is_write=True, phase=Phase.SCENARIOS),
    )

    assert resumption.list_written_properties() == {"addThing": 2}


def test_only_a_phase_that_ended_is_left_out() -> None:
    resumption = make_resumption(PhaseFinished(phase=Phase.PROPERTIES))

    assert (resumption.has_finished(Phase.PROPERTIES), resumption.has_finished(Phase.WAREHOUSE)) == (True, False)


def test_the_counts_before_the_load_are_the_first_ones_and_a_failed_load_is_no_load() -> None:
    resumption = make_resumption(
        WarehouseSnapshot(moment=Moment.BEFORE, tables={"a": 1}),
        WarehouseLoaded(outcome=Outcome.ERRORED),
        WarehouseSnapshot(moment=Moment.BEFORE, tables={"a": 5}),
    )

    assert (resumption.find_counts_before(), resumption.has_loaded()) == ({"a": 1}, False)
    assert make_resumption().find_counts_before() is None
    assert make_resumption(WarehouseLoaded(outcome=Outcome.PASSED)).has_loaded()


@pytest.mark.parametrize(
    ("dsn", "is_lasting"),
    [
        (None, False),
        ("chdb://memory", False),
        ("chdb:///var/tables", True),
        ("https://u:p@h:8443/d", True),
        ("x", False),
    ],
)
def test_tables_last_unless_they_are_in_memory(dsn: str | None, is_lasting: bool) -> None:
    phase = WarehousePhase(
        WarehouseSettings(dsn=dsn), (), redactor=make_redactor(), clock=lambda: pytest.fail("no time is needed")
    )

    assert phase.is_lasting is is_lasting


LOOK = '- {id: "1", title: Look, steps: [{name: look, operation: listThings}]}'
PROPERTIES = """
properties: {operations: all, phases: [coverage]}
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are POSIX only")
def test_generated_writes_are_not_sent_again(tmp_path: Path) -> None:
    service = CountingService()
    with serve_wsgi(service) as base_url, Forks() as forks:
        write_project(tmp_path, LOOK, base_url=base_url, more_settings=PROPERTIES)
        service.kill_at = 40
        process = forks.start("run", "--output", "out", cwd=tmp_path)
        service.kill = lambda: os.kill(process, signal.SIGKILL)
        assert forks.wait() == -signal.SIGKILL, (tmp_path / "output.txt").read_text(encoding="utf-8")
        service.kill_at = 0
        sent = [line.event for line in read_lines_before(tmp_path / "out") if isinstance(line.event, RequestSent)]
        written = {event.operation for event in sent if event.is_write}
        forks.start("run", "--resume", "out", cwd=tmp_path)
        code = forks.wait()

    lines = read_lines(tmp_path / "out")
    resumed = next(number for number, line in enumerate(lines) if line["type"] == "run_resumed")
    again = {line["operation"] for line in lines[resumed:] if line["type"] == "request_sent" and line["is_write"]}
    rows = {line["row"]["operation"]: line["row"] for line in lines if line["type"] == "property_finished"}
    assert written
    assert again.isdisjoint(written)
    assert all("not sent again" in rows[operation]["reason"] for operation in written)
    assert code in (1, 3)
    assert (lines[-2]["type"], lines[-1]["type"]) == ("phase_finished", "run_finished")


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are POSIX only")
@pytest.mark.parametrize("workers", [1, 2])
def test_operations_whose_test_an_interrupt_broke_off_are_tested_anew(tmp_path: Path, workers: int) -> None:
    service = CountingService()
    settings = f"properties: {{operations: read, phases: [coverage], workers: {workers}}}\n"
    with serve_wsgi(service) as base_url, Forks() as forks:
        write_project(tmp_path, LOOK, base_url=base_url, more_settings=settings)
        service.kill_at = 2
        process = forks.start("run", "--phase", "properties", "--output", "out", cwd=tmp_path)
        service.kill = lambda: os.kill(process, signal.SIGINT)
        assert forks.wait() == 130, (tmp_path / "output.txt").read_text(encoding="utf-8")
        service.kill_at = 0
        before = read_results(tmp_path / "out")
        forks.start("run", "--resume", "out", cwd=tmp_path)
        code = forks.wait()
        forks.start("run", "--phase", "properties", "--output", "whole", cwd=tmp_path)
        forks.wait()

    results, whole = read_results(tmp_path / "out"), read_results(tmp_path / "whole")
    assert "not tested: the run was interrupted" in [row["reason"] for row in before["properties"]]
    assert (results["run"]["complete"], code) == (True, 1), (tmp_path / "output.txt").read_text(encoding="utf-8")
    assert list_outcomes(results) == list_outcomes(whole)
    assert audit_folder(tmp_path / "out", build_tool(None)).violations == ()


def test_what_was_found_of_an_operation_does_not_count_once_it_is_tested_anew() -> None:
    rows = [build_untested(label, Outcome.SKIPPED, "not tested", examples=0) for label in ("one", "two")]
    answers = [PropertyAnswered(operation=label, answers=()) for label in ("one", "two")]

    found = (*answers, *(PropertyFinished(row=row) for row in rows))
    record = read_record(make_resumption(*found, PropertiesRestarted(operations=("two",))).lines)

    assert make_resumption(*found).list_tested_properties() == ["one", "two"]
    assert list(record.property_rows.values()) == rows[:1]
    assert list(record.property_answers) == ["one"]


def read_results(folder: Path) -> dict[str, Any]:
    results: dict[str, Any] = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return results


def list_outcomes(results: dict[str, Any]) -> list[tuple[str, str, int]]:
    return sorted((row["id"], row["outcome"], row["examples"]) for row in results["properties"])


def read_lines_before(folder: Path) -> list[Line]:
    """Return the whole lines of a ledger whose last line may be torn."""
    return list(read_ledger(folder / "ledger.jsonl").lines)
