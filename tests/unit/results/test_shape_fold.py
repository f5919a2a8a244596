"""The shapes of a run: the sum of the answers of each operation, status and media type."""

from typing import Any

import msgspec
import pytest

from contracts_runner.audit.chain import Line as AuditLine
from contracts_runner.audit.recount import recount
from contracts_runner.audit.tally import build_tally
from contracts_runner.results import events
from contracts_runner.results.shape_rows import MOST_ASKING, MOST_PLACES, AnswerShape
from helpers.ledger_builder import LedgerBuilder, Line, fold, list_rows, make_exchange_row, make_step_row


def add_answer(builder: LedgerBuilder, scenario: str, number: int, tree: Any, **changes: Any) -> None:
    bounds = {name: changes.pop(name) for name in ("left_out", "cut") if name in changes}
    step = make_step_row(**changes)
    builder.add(
        events.StepFinished(
            scenario=scenario,
            number=number,
            step=step,
            exchange=make_exchange_row(step),
            shape=msgspec.UNSET if tree is None else AnswerShape(tree=tree, **bounds),
        )
    )


def build(*answers: tuple[Any, dict[str, Any]]) -> list[Line]:
    builder = LedgerBuilder().add(events.ScenarioStarted(scenario="1.1"))
    for number, (tree, changes) in enumerate(answers, start=1):
        add_answer(builder, "1.1", number, tree, **changes)
    return builder.finish()


def test_answers_of_one_kind_are_one_row() -> None:
    found = fold(
        build(
            (["o1", {"id": "i1", "a/b": "n1"}], {"name": "one", "left_out": 2}),
            (["o1", {"id": "s1:aaaa", "on": "b1"}], {"name": "two", "cut": True}),
            (["o2", {"id": "s2:aaaa,bbbb"}], {"name": "two"}),
            ("o1", {"success": False}),
            ("s1:*", {"status": 404}),
            (None, {"status": 500}),
        )
    )["shapes"]

    assert found == [
        {
            "operation": "listOrders",
            "status": 200,
            "media_type": "application/json",
            "success": True,
            "answers": 3,
            "asked_by": ["1.1 one", "1.1 two"],
            "places": {
                "": {"types": {"object": 4}},
                "/id": {"types": {"string": 3, "integer": 1}, "texts": 2},
                "/a~1b": {"types": {"null": 1}},
                "/on": {"types": {"boolean": 1}},
            },
            "left_out": 2,
            "cut": 1,
        },
        {
            "operation": "listOrders",
            "status": 200,
            "media_type": "application/json",
            "success": False,
            "answers": 1,
            "asked_by": ["1.1 list"],
            "places": {"": {"types": {"object": 1}}},
        },
        {
            "operation": "listOrders",
            "status": 404,
            "media_type": "application/json",
            "success": True,
            "answers": 1,
            "asked_by": ["1.1 list"],
            "places": {"": {"types": {"string": 1}, "texts": 16}},
        },
    ]


def test_a_run_without_json_has_none() -> None:
    assert "shapes" not in fold(build((None, {})))


DEEP = ["o1", {"a": ["o1", {"b": 1}]}]
ODD = [1, [], {}, ["o1"], ["o1", 3], [1, {}], ["o1", {"a": None}], "x9:zz", "o99999999999", DEEP]


@pytest.mark.parametrize("tree", ODD)
def test_what_is_no_tree_has_no_places_and_breaks_nothing(tree: Any) -> None:
    lines = build((tree, {}))

    assert recount_shapes(lines) == fold(lines)["shapes"]


def recount_shapes(lines: list[Line]) -> Any:
    tally = build_tally(AuditLine(number, row) for number, row in enumerate(list_rows(lines), start=1))
    assert tally is not None
    return recount(tally).results["shapes"]


def test_places_and_askers_are_bounded_and_the_audit_counts_alike() -> None:
    names = {f"n{'x' * number}": "i1" for number in range(MOST_PLACES)}
    answers = [("o1", {"name": f"step {number}"}) for number in range(MOST_ASKING)]

    lines = build((["o1", names], {}), *answers, (["o1", {"other": "i1"}], {}))

    [row] = fold(lines)["shapes"]
    assert (len(row["places"]), len(row["asked_by"]), row["cut"]) == (MOST_PLACES, MOST_ASKING, 2)
    assert recount_shapes(lines) == [row]
