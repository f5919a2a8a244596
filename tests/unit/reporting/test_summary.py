"""The summary: where and what, what is known in one line, failures last by their cause, then one verdict line."""

import io
import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from msgspec import structs
from rich.console import Console

from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.reporting.cause_views import list_examples
from contracts_runner.reporting.junit import render_junit
from contracts_runner.reporting.summary import render_summary
from contracts_runner.reporting.terminal import Pipe
from contracts_runner.results import events
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.record import read_record
from contracts_runner.results.rows import EarlierRow, EarlierRun, PropertyFailure, PropertyRow, PropertyStepRow
from contracts_runner.results.shape_rows import DriftKind, DriftRow
from helpers.ledger_builder import LedgerBuilder, Line, make_check_row, make_step_row, make_warehouse_row
from helpers.sample_ledgers import bounded, ledgers
from helpers.sample_run import build_sample_run

RUN = "20251109T151441Z-sandbox-1a2b3c"


class Screen(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self) -> bool:
        return True


def summarise(lines: list[Line], folder: Path, **options: Any) -> list[str]:
    stream = io.StringIO()
    results = fold_ledger(lines)
    exchanges = read_record(lines).find_exchanges(list_examples(results))
    render_summary(results, Console(file=stream, width=100), folder=folder, exchanges=exchanges, **options)
    return stream.getvalue().splitlines()


def make_failed(**changes: Any) -> list[Line]:
    """The lines of a run in which one check fails."""
    row = {"path": "$.id", "expected": 12, "actual": "12", "message": "is another", "location": "a.yaml:3", **changes}
    step = make_step_row("failed", checks=[make_check_row(), make_check_row("failed", check="body", **row)])
    return LedgerBuilder(deselected=2).add_scenario("1.1", step, reason="is another").finish()


def test_a_simulated_run_says_so_in_the_first_line(tmp_path: Path) -> None:
    assert summarise(build_sample_run(), tmp_path)[0] == "sandbox run: says nothing about production"
    assert not any("says nothing" in line for line in summarise(build_sample_run(simulated=False), tmp_path))


@pytest.mark.parametrize("options", [{}, {"is_quiet": True}, {"is_verbose": True}], ids=str)
def test_a_pipe_gets_what_rich_would_print_into_it(options: dict[str, bool]) -> None:
    for lines in (build_sample_run(), make_failed(message="[bold]a\ttab[/] :smile: \x1b[31m")):
        results = fold_ledger(lines)
        exchanges = read_record(lines).find_exchanges(list_examples(results))
        rich, plain = io.StringIO(), io.StringIO()
        for screen in (Console(file=rich, soft_wrap=True, emoji=False), Pipe(plain)):
            render_summary(results, screen, folder=Path(), exchanges=exchanges, **options)

        assert plain.getvalue() == rich.getvalue()


def test_it_begins_with_the_environment_its_address_and_what_was_selected(tmp_path: Path) -> None:
    lines = LedgerBuilder(["1.1", "1.2"], deselected=3, warehouse_checks=4, simulated=False).finish()

    assert summarise(lines, tmp_path)[0] == (
        "environment sandbox (http://127.0.0.1:8080): 2 scenarios, 3 not selected, 4 warehouse checks"
    )


def test_a_failure_has_its_two_values_as_json_its_lines_and_a_command(tmp_path: Path) -> None:
    lines = summarise(make_failed(), tmp_path)

    begin = next(number for number, line in enumerate(lines) if line.startswith("failed "))
    assert lines[begin:-1] == [
        "failed   listOrders: is another  (1 scenario: 1.1)",
        "    at listOrders $.id",
        "    1.1 Scenario 1.1, list: body at $.id: is another",
        "      expected 12",
        '      actual   "12"',
        "      a.yaml:3 in the scenario at contracts/orders.yaml:10",
        "      curl -H 'Accept: application/json' http://127.0.0.1:8080/orders",
        "      again    contracts run 1.1 --env sandbox",
    ]


def test_a_refused_credential_leads_to_doctor(tmp_path: Path) -> None:
    step = make_step_row("failed", status=401, success=False, auth="key")

    lines = summarise(LedgerBuilder(["1.1"]).add_scenario("1.1", step).finish(), tmp_path)

    assert any(line.startswith("      the credential may have expired") for line in lines)


def test_what_a_scenario_says_beyond_its_check_is_told(tmp_path: Path) -> None:
    lines = LedgerBuilder().add_scenario("1.1", make_step_row("failed"), reason="state was left behind").finish()

    assert "      state was left behind" in summarise(lines, tmp_path)


def test_what_another_check_of_it_says_is_told_with_the_cause_of_that(tmp_path: Path) -> None:
    checks = [make_check_row("failed", check="body", path=f"$.{name}", message=f"{name} is wrong") for name in "ab"]
    builder = LedgerBuilder().add_scenario("1.1", make_step_row("failed", checks=checks), reason="a is wrong")

    assert "      a is wrong" not in summarise(builder.finish(), tmp_path)


def test_checks_of_an_answer_that_no_cause_shows_are_counted(tmp_path: Path) -> None:
    names = ("status", "status_declared", "success")
    undeclared = [make_check_row("failed", check=name, message=f"{name} is wrong") for name in names]
    lines = LedgerBuilder().add_scenario("1.1", make_step_row("failed", status=503, success=False, checks=undeclared))

    told = summarise(lines.finish(), tmp_path)

    assert [line for line in told if " more of this answer" in line] == [
        "      and 2 more of this answer: status_declared, success"
    ]


def test_checks_of_an_answer_that_are_shown_with_their_own_cause_are_not_counted(tmp_path: Path) -> None:
    missing = [
        make_check_row("failed", check=check, violations=[{"keyword": "required", "property": check}])
        for check in ("body_schema", "capture")
    ]
    builder = LedgerBuilder().add_scenario("1.1", make_step_row("failed", checks=missing))

    told = summarise(builder.finish(), tmp_path)

    assert sum(line.startswith("failed   the property") for line in told) == 2
    assert not any(" more of this answer" in line for line in told)


def test_variables_that_the_commands_read_are_named_once(tmp_path: Path) -> None:
    mark = "<credential shop.key sha256:1a2b3c4d>"
    builder = LedgerBuilder(["1.1", "1.2"])
    for scenario, status in (("1.1", 404), ("1.2", 500)):
        step = make_step_row("failed", status=status, request={"method": "GET", "url": f"http://a.example/?key={mark}"})
        builder.add_scenario(scenario, step)

    told = summarise(builder.finish(), tmp_path)

    assert sum('"$shop_key"' in line for line in told) == 2
    assert [line for line in told if "variables" in line] == [
        "curl takes credentials from variables; set first: $shop_key"
    ]
    assert not any("variables" in line for line in summarise(make_failed(), tmp_path))


def test_drift_says_what_it_is_and_that_it_decides_nothing(tmp_path: Path) -> None:
    stream = io.StringIO()
    row = DriftRow(
        operation="getEvent",
        status=200,
        place="/day",
        change=DriftKind.RETYPED,
        before={"string": 3},
        before_of=3,
        after={"integer": 1},
        after_of=1,
    )

    render_summary(
        structs.replace(fold_ledger(make_failed()), drift=(row,)), Console(file=stream, width=200), folder=tmp_path
    )

    assert (
        "drift: answers have another shape than in earlier runs, which fails nothing: 1 place\n"
        "  getEvent 200 /day has another type: integer 1; before string 3\n"
    ) in stream.getvalue()


def test_a_line_of_the_same_file_is_told_once(tmp_path: Path) -> None:
    lines = summarise(make_failed(location="contracts/orders.yaml:15"), tmp_path)

    assert "      contracts/orders.yaml:15" in lines


@pytest.mark.parametrize(
    ("expected", "actual", "shown"),
    [
        (None, "null", ("null", '"null"')),
        (True, 1, ("true", "1")),
        ("a", "a ", ('"a"', '"a "')),
        ("a\u202eb", "ab", ('"a\\u202eb"', '"ab"')),
        ({"a": 1}, [], ('{"a": 1}', "[]")),
        ("x" * 300 + "a", "x" * 300 + "b", ("…" + "x" * 50 + 'a"', "…" + "x" * 50 + 'b"')),
        (3, "an object with 33 members", ("3", "an object with 33 members")),
        ("id", 'no such member, of 2: "a", "b"', ('the member "id"', 'no such member, of 2: "a", "b"')),
    ],
)
def test_different_values_never_look_equal(tmp_path: Path, expected: Any, actual: Any, shown: tuple[str, str]) -> None:
    lines = summarise(make_failed(expected=expected, actual=actual), tmp_path)

    told = [line.removeprefix("      ") for line in lines if line.startswith(("      expected", "      actual"))]
    assert told == [f"expected {shown[0]}", f"actual   {shown[1]}"]


def test_a_command_is_one_whole_line_however_narrow_the_terminal_is(tmp_path: Path) -> None:
    step = make_step_row("failed", request={"method": "POST", "url": "http://a.example/" + "x/" * 90})
    lines = LedgerBuilder().add_scenario("1.1", step).finish()
    results, stream = fold_ledger(lines), Screen()
    console = Console(file=stream, force_terminal=True, color_system=None, width=60)

    render_summary(
        results, console, folder=tmp_path, exchanges=read_record(lines).find_exchanges(list_examples(results))
    )

    [command] = [line.strip() for line in stream.getvalue().splitlines() if line.strip().startswith("curl")]
    assert shlex.split(command)[-1] == "http://a.example/" + "x/" * 90


@pytest.mark.parametrize("body", ["x" * 2_000, "two\nlines"])
def test_a_command_that_nobody_pastes_is_one_of_contracts(tmp_path: Path, body: str) -> None:
    builder = LedgerBuilder().add(events.ScenarioStarted(scenario="1.1"))
    builder.add_step("1.1", make_step_row("failed"))
    exchange = builder.lines[-1].event.exchange  # type: ignore[union-attr] - the step's line
    sent = structs.replace(exchange, request=structs.replace(exchange.request, body=body))
    finished = structs.replace(builder.lines[-1].event, exchange=sent)
    lines = LedgerBuilder().add(events.ScenarioStarted(scenario="1.1"), finished).finish()

    told = summarise(lines, tmp_path)

    assert f"      contracts replay {RUN} 1.1" in told
    assert not any("curl" in line for line in told)


@pytest.mark.parametrize("invisible", ["\t", "\x1b[2J", "\u202e", "\r"])
def test_an_invisible_character_is_sent_and_not_shown(tmp_path: Path, invisible: str) -> None:
    body = f'{{"a": "{invisible}é"}}'
    step = make_step_row("failed", request={"method": "POST", "url": "http://a.example/"})
    lines = LedgerBuilder().add_scenario("1.1", step).finish()
    results = fold_ledger(lines)
    [(artifact, exchange)] = read_record(lines).find_exchanges(list_examples(results)).items()
    exchange = structs.replace(exchange, request=structs.replace(exchange.request, body=body))
    stream = io.StringIO()

    render_summary(results, Console(file=stream), folder=tmp_path, exchanges={artifact: exchange})

    assert invisible not in stream.getvalue()
    [command] = [line.strip() for line in stream.getvalue().splitlines() if line.strip().startswith("curl")]
    script = f"curl() {{ printf '%s\\0' \"$@\"; }}\n{command}"
    words = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True).stdout.decode().split("\0")
    assert body in words


@pytest.mark.parametrize(
    ("outcomes", "told"),
    [
        ("PP", "; new)"),
        ("PF", "; broken since 2025-11-02 03:00:00 UTC, 2 runs with this one)"),
        ("FPFPFPFPFP", "; flaky: broken 5 of 10)"),
    ],
)
def test_a_cause_says_since_when(tmp_path: Path, outcomes: str, told: str) -> None:
    days = range(1, len(outcomes) + 1)
    runs = tuple(EarlierRun(id=f"{day}", started_at=f"2025-11-{day:02}T03:00:00+00:00") for day in days)
    row = EarlierRow(phase=Phase.SCENARIOS, id="1.1", outcomes=outcomes)
    builder = LedgerBuilder().add(events.EarlierRunsRecorded(runs=runs, rows=(row,)))
    lines = builder.add_scenario("1.1", make_step_row("failed")).finish()

    [title] = [line for line in summarise(lines, tmp_path) if line.startswith("failed  ")]

    assert title.endswith(f"(1 scenario: 1.1{told}")


@pytest.mark.parametrize(
    ("letters", "told"),
    [
        ("FFF", "broken since 2025-11-01 03:05:59 UTC, 2 runs with this one"),
        ("FFP", "2 broken since 2025-11-01 03:05:59 UTC, 2 runs with this one; 1 new"),
    ],
)
def test_rows_that_are_broken_since_different_runs_are_counted(tmp_path: Path, letters: str, told: str) -> None:
    names = [f"{number}" for number in range(len(letters))]
    rows = tuple(
        EarlierRow(phase=Phase.SCENARIOS, id=name, outcomes=each) for name, each in zip(names, letters, strict=True)
    )
    runs = (EarlierRun(id="1", started_at="2025-11-01T03:05:59+00:00"),)
    builder = LedgerBuilder(names).add(events.EarlierRunsRecorded(runs=runs, rows=rows))
    for name in names:
        builder.add_scenario(name, make_step_row("failed", status=503))

    lines = summarise(builder.finish(), tmp_path)

    [title] = [line for line in lines if line.startswith("failed  ")]
    assert title.endswith(f"(3 scenarios: 0, 1, 2; {told})")


@pytest.mark.parametrize(
    ("count", "table", "again"),
    [(2, None, "0 1"), (5, None, "0 1 2 3 4"), (6, None, ""), (2, "T", "0 1"), (6, "T", "T")],
)
def test_one_command_looks_again_at_few_rows_or_at_one(
    tmp_path: Path, count: int, table: str | None, again: str
) -> None:
    names = [f"{number}" for number in range(count)]
    builder = LedgerBuilder([{"id": name, "of": table} if table else name for name in names])
    for name in names:
        builder.add_scenario(name, make_step_row("failed", status=503))

    [command] = [line for line in summarise(builder.finish(), tmp_path) if line.startswith("      again")]
    many = "      again    (one of 6) contracts run 0 --env sandbox"
    assert command == (f"      again    contracts run {again} --env sandbox" if again else many)


def test_an_errored_check_of_a_table_has_no_values(tmp_path: Path) -> None:
    row = make_warehouse_row("errored", message="page 2 is empty", expected={"operation": "list"}, actual=None)
    lines = LedgerBuilder().add(events.WarehouseCheckFinished(row=row)).finish()
    told = ("\n".join(summarise(lines, tmp_path)), render_junit(fold_ledger(lines)))

    assert not any("actual " in text for text in told)


def test_of_several_steps_it_is_told_which_one(tmp_path: Path) -> None:
    steps = (make_step_row(number=1, name="add"), make_step_row("failed", number=2), make_step_row(number=3))
    lines = summarise(LedgerBuilder().add_scenario("1.1", *steps).finish(), tmp_path)

    assert any(line.startswith("    1.1 Scenario 1.1, list (step 2 of 3): ") for line in lines)


def test_one_cause_of_many_scenarios_is_told_once(tmp_path: Path) -> None:
    names = [f"{number}" for number in range(240)]
    builder = LedgerBuilder(names)
    for name in names:
        builder.add_scenario(name, make_step_row("failed", status=503, checks=[make_check_row("failed", actual=503)]))

    lines = summarise(builder.finish(), tmp_path)

    assert "failed   the service answers 503  (240 scenarios: 0, 1, 2, 3, 4 and 235 more)" in lines
    assert len(lines) < 20


def test_of_many_causes_the_first_have_an_example_and_the_others_a_title(tmp_path: Path) -> None:
    names = [f"{number}" for number in range(25)]
    builder = LedgerBuilder(names)
    for name in names:
        check = make_check_row("failed", check="body", path=f"$.{'abcdefghijklmnopqrstuvwxy'[int(name)]}")
        builder.add_scenario(name, make_step_row("failed", checks=[check]))
    lines = builder.finish()

    short, whole = summarise(lines, tmp_path), summarise(lines, tmp_path, is_verbose=True)

    assert [sum(line.startswith("failed  ") for line in each) for each in (short, whole)] == [20, 25]
    assert [sum("curl" in line for line in each) for each in (short, whole)] == [10, 25]
    assert short[-2] == "further causes, in the report: 5"


def test_what_is_blocked_by_a_cause_is_told_with_it(tmp_path: Path) -> None:
    builder = LedgerBuilder([{"id": "S.login", "needed_by": ["1"]}, "1"])
    builder.add_scenario("S.login", make_step_row("failed"))
    builder.add_scenario("1", make_step_row("blocked", status=None, checks=[], request=None), outcome="blocked")
    load = events.WarehouseLoaded(outcome=Outcome.ERRORED, message="no loader")
    checks = [make_warehouse_row("blocked", id=f"W.{number}") for number in (1, 2)]
    builder.add(load, *(events.WarehouseCheckFinished(row=row) for row in checks))

    lines = summarise(builder.finish(), tmp_path)

    assert "failed   the service answers 200 where 200 is expected  (1 scenario: S.login; 1 blocked by it)" in lines
    assert "errored  no loader  (the run: load; 2 blocked by it)" in lines


def test_a_table_tells_in_words_which_keys_differ(tmp_path: Path) -> None:
    sample = {
        "missing": [12, 13],
        "price": [{"key": ["a", 1], "api": "1500.5", "table": "150050"}],
    }
    row = make_warehouse_row(
        "failed",
        check="reconcile",
        table="sales",
        message="2 items of listOrders are not in sales; 1 have another price",
        expected={"operation": "listOrders", "rows": "$.data[*]"},
        actual={"items": 50, "sample": sample},
        location="contracts/warehouse.yaml:7",
    )
    lines = summarise(LedgerBuilder().add(events.WarehouseCheckFinished(row=row)).finish(), tmp_path)

    begin = next(number for number, line in enumerate(lines) if line.startswith("failed "))
    assert lines[begin + 2 : -1] == [
        "    W.1 sales reconcile: 2 items of listOrders are not in sales; 1 have another price",
        "      missing: 12, 13",
        '      price: key "a" / 1: api "1500.5", table "150050"',
        "      contracts/warehouse.yaml:7",
        "      again    contracts run W.1 --env sandbox",
    ]


@pytest.mark.parametrize(
    ("actual", "told"),
    [
        ({"rows": 9, "wrong": 5, "sample": ["a", "b", "c", "d"]}, ['for example "a", "b", "c" and more']),
        ({"rows": 9, "sample": [["a", 1], ["b", 2]]}, ['for example "a" / 1, "b" / 2']),
        (
            {"sum": "5", "sample": [{"day": "2025-01-01", "expected": "5", "actual": "6"}]},
            ['day "2025-01-01": expected "5", actual "6"'],
        ),
        ({"sample": [{"key": "<name>"}]}, ['key "<name>"']),
    ],
)
def test_a_sample_of_any_check_is_words(tmp_path: Path, actual: Any, told: list[str]) -> None:
    row = make_warehouse_row("failed", message="some", actual=actual, location=None)

    lines = summarise(LedgerBuilder().add(events.WarehouseCheckFinished(row=row)).finish(), tmp_path)

    assert [line.strip() for line in lines[-2 - len(told) : -2]] == told


@pytest.mark.parametrize(
    ("expected", "told"),
    [
        ({"min": 5}, ['expected {"min": 5}', 'actual   {"rows": 3}']),
        ({"operation": "listOrders", "rows": "$.data[*]", "compare": {"price": "$.price", "city": "$.city.name"}}, []),
    ],
)
def test_a_value_of_a_table_that_is_no_value_to_read_is_left_out(
    tmp_path: Path, expected: dict[str, Any], told: list[str]
) -> None:
    expected = {**expected, "key": "$.id", "column": "order_id"} if not told else expected
    row = make_warehouse_row("failed", message="some", expected=expected, actual={"rows": 3}, location=None)

    lines = summarise(LedgerBuilder().add(events.WarehouseCheckFinished(row=row)).finish(), tmp_path)

    assert [line.strip() for line in lines if line.startswith(("      expected", "      actual"))] == told


def test_a_finding_of_generated_requests_has_its_command_or_that_of_contracts(tmp_path: Path) -> None:
    def find(*urls: str) -> list[str]:
        steps = tuple(PropertyStepRow(operation="op", method="GET", url=url) for url in urls)
        failure = PropertyFailure(code="ST101", title="Server error", steps=steps, artifacts=("a.json",) * len(urls))
        row = PropertyRow(id="op:x", operation="op", check="x", outcome=Outcome.FAILED, reason="why", failure=failure)
        builder = LedgerBuilder().add_step("0", make_step_row())
        exchange = builder.lines[-1].event.exchange  # type: ignore[union-attr] - the step's line
        kept = events.PropertyExchange(operation="op", case="x", exchange=exchange, artifact="a.json")
        lines = LedgerBuilder().add(kept, events.PropertyFinished(row=row)).finish()
        return [line.strip() for line in summarise(lines, tmp_path)]

    assert "curl -H 'Accept: application/json' http://127.0.0.1:8080/orders" in find("/a")
    assert f"contracts replay {RUN} op:x" in find("/a", "/b")


def test_what_is_known_is_one_line(tmp_path: Path) -> None:
    names = [f"1.{number}" for number in range(8)]
    builder = LedgerBuilder(names)
    for name in names:
        builder.add_scenario(name, make_step_row("known"), reason="the vendor says so")
    row = make_warehouse_row("known", message="so it is")
    lines = builder.add(events.WarehouseCheckFinished(row=row)).finish()

    short, whole = summarise(lines, tmp_path), summarise(lines, tmp_path, is_verbose=True)

    assert [line for line in short if line.startswith("known ")] == [
        "known    9  as the contracts say: 1.0, 1.1, 1.2, 1.3, 1.4 and 4 more"
    ]
    assert sum(line.startswith("known ") for line in whole) == 9
    assert "known    1.0  Scenario 1.0: the vendor says so" in whole


def test_what_was_not_looked_at_is_a_line_for_each_reason(tmp_path: Path) -> None:
    builder = LedgerBuilder()
    rows = [make_warehouse_row("skipped", id=f"W.{n}", message="not configured: $DSN is not set") for n in range(7)]
    rows += [make_warehouse_row("blocked", id=f"B.{n}", message=f"it waits for {n}") for n in range(7)]
    builder.add(*(events.WarehouseCheckFinished(row=row) for row in rows))

    lines = summarise(builder.finish(), tmp_path)

    assert "skipped  7  not configured: $DSN is not set: W.0, W.1, W.2, W.3, W.4 and 2 more" in lines
    assert next(line for line in lines if line.startswith("blocked ")) == "blocked  1  it waits for 0: B.0"
    assert "further reasons: 3" in lines


def test_what_is_fixed_and_a_warning_are_lines_of_their_own(tmp_path: Path) -> None:
    row = make_warehouse_row("failed", id="W.2", message="too old", severity="warning", expected=None, actual=None)
    builder = LedgerBuilder().add_scenario("1.1", make_step_row("fixed"), reason="remove it")
    lines = summarise(builder.add(events.WarehouseCheckFinished(row=row)).finish(), tmp_path)

    assert "fixed    1.1  Scenario 1.1: remove it" in lines
    assert "warning  W.2  failed: orders status: too old" in lines


def test_a_step_that_was_left_out_is_no_news(tmp_path: Path) -> None:
    step = make_step_row("skipped", reason="left out: no", checks=[], status=None, left_out=True)
    left_out = LedgerBuilder().add_scenario("1.1", make_step_row(), step, reason="left out: no").finish()
    unseen = LedgerBuilder().add_scenario("1.1", make_step_row(), step, reason="not looked at").finish()

    assert not any(line.startswith("passed ") for line in summarise(left_out, tmp_path))
    assert "passed   1.1  Scenario 1.1: not looked at" in summarise(unseen, tmp_path)


def test_passed_scenarios_are_counted_and_not_listed(tmp_path: Path) -> None:
    lines = LedgerBuilder(simulated=False).add_scenario("1.1", make_step_row()).finish()

    assert summarise(lines, tmp_path) == [
        "environment sandbox (http://127.0.0.1:8080): 1 scenario",
        "           passed  failed  errored  known  fixed  blocked  skipped  total",
        "scenarios       1       0        0      0      0        0        0      1",
        "requests sent: 1, of them writes: 0",
        "passed: 1 of 1 scenario passed; 0.1 s",
    ]


def test_a_quiet_summary_has_what_broke_and_the_verdict_alone(tmp_path: Path) -> None:
    builder = LedgerBuilder([outcome.value for outcome in Outcome])
    for outcome in Outcome:
        builder.add_scenario(outcome.value, make_step_row(outcome.value), outcome=outcome.value, reason="so")

    sandbox, *rows, verdict = summarise(builder.finish(), tmp_path, is_quiet=True)

    assert sandbox == "sandbox run: says nothing about production"
    assert {row.split()[0] for row in rows if not row.startswith(" ")} <= {"failed", "errored"}
    assert verdict.startswith("failed: 1 failed, 1 errored, 1 blocked, 1 fixed, 1 known")


def test_a_quiet_strict_run_tells_what_strictness_fails(tmp_path: Path) -> None:
    row = make_warehouse_row("failed", id="W.2", severity="warning")
    builder = LedgerBuilder().add_scenario("1.1", make_step_row("fixed"), reason="remove it")
    lines = builder.add(events.WarehouseCheckFinished(row=row)).finish(is_strict=True)

    _, fixed, warning, verdict = summarise(lines, tmp_path, is_quiet=True)

    assert [line.split()[0] for line in (fixed, warning, verdict)] == ["fixed", "warning", "failed:"]


def test_a_contradiction_in_the_ledger_is_printed(tmp_path: Path) -> None:
    lines = LedgerBuilder().add_scenario("1.1", make_step_row("failed"), outcome="passed").finish()

    assert "errored  the ledger contradicts itself  (1 scenario: 1.1)" in summarise(lines, tmp_path)


def test_the_last_line_has_the_verdict_the_seconds_and_the_report_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "runs" / "1"
    folder.mkdir(parents=True)
    (folder / "report.html").touch()
    (folder / "results.json").touch()
    monkeypatch.chdir(tmp_path)

    last = summarise(make_failed(), folder)[-1]

    assert re.fullmatch(rf"failed: 1 failed of 1 scenario; \d\.\d s; {os.path.join('runs', '1', 'report.html')}", last)


def test_an_interrupted_run_says_how_to_go_on(tmp_path: Path) -> None:
    lines = LedgerBuilder(["1.1", "1.2"]).add_scenario("1.1", make_step_row()).finish(is_interrupted=True)

    assert summarise(lines, tmp_path)[-2] == f"go on with: contracts run --resume {RUN}"


def test_what_is_to_be_typed_next_names_the_project_as_it_was_typed(tmp_path: Path) -> None:
    broken = make_check_row("errored", check="response", message="the connection was refused", actual=None)
    step = make_step_row("errored", status=None, success=None, checks=[broken], artifact=None)
    builder = LedgerBuilder(["1.1", "1.2"], project="my first").add_scenario("1.1", step)

    told = summarise(builder.finish(is_interrupted=True), tmp_path)

    found = [line.partition("contracts ")[2] for line in told if "contracts " in line]
    assert [re.sub(r"`.*", "", line) for line in found] == [
        "doctor --env sandbox --project 'my first'",
        "run 1.1 --env sandbox --project 'my first'",
        f"run --resume {RUN} --project 'my first'",
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_heading_of_the_totals_is_cut_in_a_narrow_terminal(tmp_path: Path, width: int) -> None:
    stream = Screen()
    console = Console(file=stream, force_terminal=True, color_system=None, width=width)

    render_summary(fold_ledger(build_sample_run()), console, folder=tmp_path)

    lines = stream.getvalue().splitlines()
    totals = lines[: next(number for number, line in enumerate(lines) if line.startswith("requests sent"))]
    assert {"scenarios", "warehouse", *Outcome, "total"} <= set(" ".join(totals).split())
    # Lines that are copied from are not wrapped.
    assert max(len(line) for line in lines[:-1] if not line.strip().startswith(("curl", "again"))) <= width


def test_colours_in_a_pipe_fold_no_line(tmp_path: Path) -> None:
    stream = io.StringIO()

    render_summary(
        fold_ledger(make_failed(message="x" * 300)),
        Console(file=stream, force_terminal=True, width=60),
        folder=tmp_path,
    )

    assert "\x1b[" in stream.getvalue()
    assert "x" * 150 in stream.getvalue()


@bounded
@given(lines=ledgers())
def test_no_text_steers_the_terminal(lines: list[Line], tmp_path_factory: pytest.TempPathFactory) -> None:
    text = "\n".join(summarise(lines, tmp_path_factory.getbasetemp()))

    assert all(character.isprintable() or character == "\n" or ord(character) >= 0xA0 for character in text)
    assert text.encode().decode() == text
