"""report.html stays small whatever fails, and says what it leaves out."""

import re

import pytest

from contracts_runner.model.outcome import Outcome
from contracts_runner.results import events
from contracts_runner.results.rows import StepRow
from helpers.ledger_builder import LedgerBuilder, Line, make_check_row, make_step_row
from helpers.rendering import fill_template

ROWS = 250
BODY = '{"data": [' + ", ".join(f'{{"id": {number}, "name": "Имя {number}"}}' for number in range(60)) + "]}"
SENTENCE = "значение не то, которого ожидал контракт, " * 6


def make_steps(kind: str, number: int) -> list[StepRow]:
    match kind:
        case "a cause each":
            name = "".join("abcdefghij"[int(digit)] for digit in f"{number:03d}")
            checks = [make_check_row("failed", check="body", path=f"$.data.{name}", message=SENTENCE)]
        case "many checks":
            checks = [make_check_row("failed", check="body", path=f"$.a{at}", message=SENTENCE) for at in range(8)]
        case _:
            checks = [make_check_row("failed")]
    return [make_step_row(), make_step_row("failed", checks=checks, reason=SENTENCE)]


def build_run(kind: str) -> list[Line]:
    names = [f"S.{number:03d}" for number in range(ROWS)]
    builder = LedgerBuilder([{"id": name, "title": f"Сценарий {name}"} for name in names])
    for number, name in enumerate(names):
        builder.add(events.ScenarioStarted(scenario=name))
        for step in make_steps(kind, number):
            builder.add_step(name, step, body=BODY)
        builder.add(events.ScenarioFinished(scenario=name, outcome=Outcome.FAILED, reason=SENTENCE, duration_ms=1.0))
    return builder.finish()


@pytest.mark.parametrize("kind", ["a cause each", "many checks", "one cause"])
def test_a_page_of_which_all_rows_fail_is_small_and_says_what_it_leaves_out(kind: str) -> None:
    page = fill_template(build_run(kind), "report.html.jinja")

    assert len(page.encode()) <= 1_500_000
    assert len(set(re.findall(r'<details class="row [^>]* id="(s-S\.\d+)"', page))) == ROWS
    [told] = re.findall(r"Rows in this page with requests and responses: (\d+), .*: (\d+), .*: (\d+)\.", page)
    whole, short, line = map(int, told)
    assert whole >= 10
    assert whole + short + line == ROWS
    assert page.count("The rest is in results.json. <a href=") == line
    is_told = f"and {ROWS - 100} more, in results.json" in page
    assert (page.count('<li class="o-failed" id="cause-'), is_told) == (
        (100, True) if kind == "a cause each" else (1, False)
    )
