"""What is generated from the types is fresh: the schema of results.json, and the reference of the files of a run."""

from importlib.resources import files
from pathlib import Path

import pytest

from contracts_runner.model.checks import CheckName
from contracts_runner.model.outcome import WORST_FIRST, Outcome
from contracts_runner.project.contract.relations import KINDS
from contracts_runner.results import reference, schema
from contracts_runner.results.events import EVENTS
from contracts_runner.results.results import Counts

REPOSITORY = Path(__file__).parents[3]


def test_the_schema_of_results_is_that_of_the_types() -> None:
    stored = files("contracts_runner").joinpath(schema.PATH).read_text(encoding="utf-8")

    assert stored == schema.render_results_schema()


def test_the_reference_is_that_of_the_types() -> None:
    assert (REPOSITORY / reference.PATH).read_text(encoding="utf-8") == reference.render_run_files()


@pytest.mark.parametrize("name", EVENTS)
def test_every_type_of_line_is_documented(name: str) -> None:
    assert f"\n### `{name}`\n" in reference.render_run_files()


def test_every_outcome_has_a_rank_and_is_counted() -> None:
    assert sorted(WORST_FIRST) == sorted(Outcome)
    assert Counts.__struct_fields__ == (*Outcome, "total")


def test_every_outcome_has_a_colour_in_the_report() -> None:
    style = (REPOSITORY / "reports" / "report.css").read_text(encoding="utf-8")

    assert [outcome for outcome in Outcome if f".o-{outcome} {{ --tone: var(--{outcome}); }}" not in style] == []


def test_every_relation_is_the_name_of_a_check() -> None:
    assert set(KINDS) <= set(CheckName)
