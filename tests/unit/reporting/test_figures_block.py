"""The block of figures in report.html and report.md: one, whole, and the same in both, whatever text a run holds."""

import json

import pytest
from hypothesis import given

from contracts_runner.results.figures import Block, BlockFormat, iter_blocks, select_figures
from helpers.ledger_builder import Line, fold
from helpers.rendering import fill_template
from helpers.sample_ledgers import bounded, ledgers
from helpers.sample_run import build_sample_run

FORMATS = {"report.html.jinja": BlockFormat.HTML, "report.md.jinja": BlockFormat.MARKDOWN}


@pytest.mark.parametrize("template", FORMATS)
@bounded
@given(lines=ledgers())
def test_no_text_of_a_run_ends_the_block_or_begins_another(template: str, lines: list[Line]) -> None:
    (block,) = iter_blocks(fill_template(lines, template), FORMATS[template])

    assert json.loads(block.text) == select_figures(fold(lines))


@pytest.mark.parametrize(
    "text", ["</script>", "<!--", "-->", "--!>", "----", "->", "<script>", "&lt;/script&gt;", "\u2028"]
)
@pytest.mark.parametrize("template", FORMATS)
def test_a_text_that_would_end_it_is_escaped(template: str, text: str) -> None:
    (block,) = iter_blocks(fill_template(build_sample_run(environment=text), template), FORMATS[template])

    assert not {"<", ">", "&"} & set(block.text)
    assert "--" not in block.text
    assert json.loads(block.text)["run"]["environment"] == text


def test_it_holds_the_outcome_of_every_row() -> None:
    figures = select_figures(fold(build_sample_run()))

    assert [row["outcome"] for row in figures["scenarios"]] == [
        *("passed", "failed", "known", "errored", "passed", "fixed", "blocked", "skipped")
    ]
    assert figures["scenarios"][1] == {
        "id": "3.3",
        "outcome": "failed",
        "duration_ms": 25.0,
        "steps": [
            {
                "number": 1,
                "outcome": "failed",
                "response": {"status": 200, "bytes": 17, "latency_ms": 12.5},
                "checks": {"passed": 1, "failed": 1},
            }
        ],
    }
    assert [row["outcome"] for row in figures["warehouse"]["checks"]] == ["passed", "failed", "blocked"]


def test_blocks_are_found_with_their_lines() -> None:
    begin, end = BlockFormat.MARKDOWN.value

    found = list(iter_blocks(f"a\n{begin}1{end}\n\nb {begin}2{end}{begin}3", BlockFormat.MARKDOWN))

    assert found == [Block(2, "1"), Block(4, "2")]
