"""Writing the reports: pure, overridable, and with words for a user's mistake."""

import copy
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings

from contracts_runner.errors import RunFolderError, UsageError
from contracts_runner.redaction.json_text import iter_results, render_document
from contracts_runner.reporting.formats import FORMATS
from contracts_runner.reporting.render import render_reports
from contracts_runner.results.fold import fold_record
from contracts_runner.results.lines import results_as_json
from contracts_runner.results.record import read_record
from helpers.ledger_builder import LedgerBuilder, Line, make_step_row
from helpers.rendering import TEMPLATES, WRITTEN, write_reports
from helpers.sample_ledgers import bounded, ledgers
from helpers.sample_run import build_sample_run

LINES = build_sample_run()
RECORD = read_record(LINES)
RESULTS = fold_record(RECORD)


def test_all_formats_write_all_files(tmp_path: Path) -> None:
    paths: list[Path] = []

    problems = render_reports(RESULTS, RECORD, tmp_path, FORMATS, [TEMPLATES], on_written=paths.append)

    assert problems == {}
    assert sorted(path.name for path in paths) == sorted(path.name for path in tmp_path.iterdir())
    assert {path.name for path in paths} == {*WRITTEN}


def test_results_are_written_whatever_the_format(tmp_path: Path) -> None:
    render_reports(RESULTS, RECORD, tmp_path, ["junit"], [TEMPLATES])

    assert sorted(path.name for path in tmp_path.iterdir()) == ["junit.xml", "results.json"]


def test_results_come_back_as_they_were_folded(tmp_path: Path) -> None:
    write_reports(LINES, tmp_path)

    assert json.loads((tmp_path / "results.json").read_text(encoding="utf-8")) == results_as_json(RESULTS)


@pytest.mark.parametrize("levels", [5, 6])
def test_results_in_pieces_are_the_document(levels: int) -> None:
    pieces = list(iter_results(RESULTS, levels=levels))

    assert "".join(pieces) == render_document(results_as_json(RESULTS), levels=levels)
    assert max(map(len, pieces)) < len("".join(pieces)) / 2


def test_half_surrogates_survive_in_results(tmp_path: Path) -> None:
    lines = LedgerBuilder().add_scenario("1.1", make_step_row(reason="half \ud800")).finish()

    write_reports(lines, tmp_path)

    read = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert read["scenarios"][0]["steps"][0]["reason"] == "half \ud800"


@settings(bounded, max_examples=8)
@given(lines=ledgers())
def test_any_ledger_renders_the_same_bytes_again(lines: list[Line], tmp_path_factory: pytest.TempPathFactory) -> None:
    first, second = (tmp_path_factory.mktemp("run") for _ in range(2))

    write_reports(lines, first)
    write_reports(copy.deepcopy(lines), second)

    assert {path.name: path.read_bytes() for path in first.iterdir()} == {
        path.name: path.read_bytes() for path in second.iterdir()
    }


def test_a_template_of_the_project_stands_in_for_ours(tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    own.joinpath("report.md.jinja").write_text(
        "{{ view.verdict }} in {{ results.run.environment|md }}", encoding="utf-8"
    )

    render_reports(RESULTS, RECORD, tmp_path, ["md", "html"], [own, TEMPLATES])

    assert (tmp_path / "report.md").read_text(encoding="utf-8").endswith("never started in sandbox")
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("one\n{% if %}", r"report\.md\.jinja:2: "),
        ("one\n\n{{ view.verdct }}", r"report\.md\.jinja:3: .*verdct"),
        ("{{ ''.__class__.__mro__ }}", r"report\.md\.jinja:1: .*unsafe"),
        ("one\n{{ 1 / 0 }}", r"report\.md\.jinja:2: division by zero"),
        ("{{ [1]|figures_block }}", r"report\.md\.jinja:1: "),
        ("{% include 'other.jinja' %}", r"the report template other\.jinja does not exist"),
    ],
)
def test_a_mistake_in_a_template_has_a_place_and_no_traceback(tmp_path: Path, template: str, message: str) -> None:
    (tmp_path / "report.md.jinja").write_text(template, encoding="utf-8")

    problems = render_reports(RESULTS, RECORD, tmp_path, ["md", "junit"], [tmp_path])

    assert list(problems) == ["report.md"]
    assert re.search(message, problems["report.md"])
    assert "Traceback" not in problems["report.md"]
    assert {path.name for path in tmp_path.iterdir()} == {"report.md.jinja", "results.json", "junit.xml"}


def test_a_missing_template_names_the_folders(tmp_path: Path) -> None:
    problems = render_reports(RESULTS, RECORD, tmp_path, ["html"], [tmp_path / "empty"])

    assert re.search(r"report\.html\.jinja does not exist; looked in .*empty", problems["report.html"])


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown report format: pdf; there are json, html"):
        render_reports(RESULTS, RECORD, tmp_path, ["html", "pdf"], [TEMPLATES])

    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "a file").touch()

    with pytest.raises(RunFolderError, match=r"cannot write .*results\.json: "):
        render_reports(RESULTS, RECORD, tmp_path / "a file", ["md"], [TEMPLATES])
