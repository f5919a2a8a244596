"""junit.xml and matrix.csv in Russian: what a person reads is translated, what programs read and what was recorded is
not."""

import re
import xml.etree.ElementTree as ET

from contracts_runner.reporting.csv_tables import render_matrix, render_snapshots
from contracts_runner.reporting.junit import render_junit
from contracts_runner.reporting.phrases import ENGLISH, find_phrases
from contracts_runner.results.fold import fold_ledger
from helpers.ledger_builder import LedgerBuilder, make_check_row, make_step_row
from helpers.sample_run import build_sample_run

RUSSIAN = find_phrases("ru")


def test_the_prose_of_junit_is_translated_and_its_names_are_not() -> None:
    step = make_step_row("failed", status=500, checks=[make_check_row("failed", message="it broke")])
    results = fold_ledger(LedgerBuilder().add_scenario("1.1", step, reason="it broke").finish(is_interrupted=True))

    english, russian = (ET.fromstring(render_junit(results, phrases=phrases)) for phrases in (ENGLISH, RUSSIAN))

    assert russian.get("name") == "запуск на песочнице: о рабочей системе он ничего не говорит"
    [failure, error] = [*russian.iter("failure"), *russian.iter("error")]
    assert failure.get("message") == "it broke"
    assert (failure.text or "").splitlines() == [
        "причина: the service answers 500 (1 строка: 1.1)",
        "list: status failed: it broke (contracts/orders.yaml:12)",
        "  ожидалось 200, получено 500",
        "запрос: GET http://127.0.0.1:8080/orders",
        "ещё раз: contracts run 1.1 --env sandbox",
    ]
    assert error.get("message") == "запуск прерван"
    named = ("testsuite", "testcase", "property")
    assert [each.get("name") for tag in named for each in russian.iter(tag)] == [
        each.get("name") for tag in named for each in english.iter(tag)
    ]


def test_the_prose_of_the_tables_is_translated_and_their_columns_are_not() -> None:
    results = fold_ledger(build_sample_run())

    for render in (render_matrix, render_snapshots):
        english, russian = render(results), render(results, RUSSIAN)
        assert russian.splitlines()[0] == english.splitlines()[0]
        assert re.search(r"запуск на песочнице", russian)
        assert not re.search(r"sandbox run|not in the spec|needed by", russian)
