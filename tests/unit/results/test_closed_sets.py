"""What a new member of a closed set must be given: an outcome, a type of line, a relation."""

from typing import get_args

import pytest

from contracts_runner.maintenance.reference.pages import render_run_page
from contracts_runner.model.checks import CheckName
from contracts_runner.model.contract import RelationKind
from contracts_runner.model.outcome import WORST_FIRST, Outcome
from contracts_runner.results.events import EVENTS
from contracts_runner.results.results import Counts
from helpers.rendering import TEMPLATES


def test_every_outcome_has_a_rank_and_is_counted() -> None:
    assert sorted(WORST_FIRST) == sorted(Outcome)
    assert Counts.__struct_fields__ == (*Outcome, "total", "warnings", "quarantined")


def test_every_outcome_has_a_colour_in_the_report() -> None:
    style = (TEMPLATES / "report.css").read_text(encoding="utf-8")

    assert [outcome for outcome in Outcome if f".o-{outcome} {{ --tone: var(--{outcome}); }}" not in style] == []


def test_every_relation_is_the_name_of_a_check() -> None:
    assert set(get_args(RelationKind)) <= set(CheckName)


@pytest.mark.parametrize("name", EVENTS)
def test_every_type_of_line_is_documented(name: str) -> None:
    assert f"\n### `{name}`\n" in render_run_page()
