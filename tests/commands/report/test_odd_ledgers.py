"""`report` and `audit` answer in words, whatever text or form the lines of a run have."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helpers.audited_run import share_run
from helpers.command import run_contracts
from helpers.forger import Forger, Lines, find_line

HALF = "half \ud800 of a pair"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return share_run(tmp_path_factory)


@pytest.fixture
def forged(run: Path, tmp_path: Path) -> Forger:
    return Forger(run, tmp_path)


def step(lines: Lines) -> dict[str, Any]:
    return find_line(lines, "step_finished", scenario="1.2", number=1)


def edit_failure(lines: Lines) -> None:
    row = next(line["row"] for line in lines if line["type"] == "property_finished" and line["row"]["failure"])
    row["failure"] |= {"title": HALF, "message": HALF, "artifacts": [f"artifacts/{HALF}.json"]}
    row["failure"]["steps"][0]["curl"] = HALF


TEXTS: tuple[Callable[[Lines], object], ...] = (
    lambda lines: step(lines)["step"].update(artifact=f"artifacts/1.2/{HALF}.json"),
    lambda lines: step(lines)["step"]["checks"][0].update(message=HALF, expected={HALF: [HALF]}),
    lambda lines: step(lines)["step"]["request"].update(url=f"http://{HALF}/{HALF}?{HALF}"),
    lambda lines: step(lines)["exchange"]["response"].update(body=HALF, headers=[[HALF, HALF]]),
    lambda lines: lines[0]["run"].update(id=HALF, command=HALF, files={HALF: HALF}),
    lambda lines: lines[0]["scenarios"][0].update(title=HALF, contract=HALF, tags=[HALF]),
    lambda lines: lines[0]["operations"][0].update(operation=HALF, path=HALF, instead=HALF),
    lambda lines: find_line(lines, "warehouse_snapshot", moment="after")["tables"].update({HALF: 1}),
    lambda lines: find_line(lines, "environment_recorded")["findings"][0].update(value=HALF),
    lambda lines: find_line(lines, "page_fetched").update(artifact=HALF, operation=HALF),
    edit_failure,
)


def test_half_of_a_surrogate_pair_anywhere_ends_in_no_traceback(run: Path, forged: Forger) -> None:
    for edit in TEXTS:
        forged.edit_ledger(edit)

    audited = run_contracts("audit", str(forged.folder), cwd=run.parent)
    reported = run_contracts("report", str(forged.folder), "--force", cwd=run.parent)

    assert (audited.code, reported.code) == (1, 1)
    assert "Traceback" not in audited.stderr + reported.stderr
    assert "half \\ud800 of a pair" in (forged.folder / "report.html").read_text(encoding="utf-8")


FORMS: dict[str, Callable[[Lines], object]] = {
    "a word that is none": lambda lines: step(lines)["step"].update(outcome="splendid"),
    "half a pair for a word": lambda lines: step(lines)["step"].update(outcome=HALF),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_line_of_another_form_is_named_and_what_follows_is_left_out(run: Path, forged: Forger, form: str) -> None:
    forged.edit_ledger(FORMS[form])

    audited = run_contracts("audit", str(forged.folder), cwd=run.parent)
    reported = run_contracts("report", str(forged.folder), "--force", cwd=run.parent)

    assert audited.code == 1
    assert "Traceback" not in audited.stderr + reported.stderr
    assert "is not a step_finished line: " in reported.stderr
    assert "; what follows is left out" in reported.stderr
    assert "the run did not finish" in (forged.folder / "report.md").read_text(encoding="utf-8")


def test_a_first_line_of_another_form_is_no_run(run: Path, forged: Forger) -> None:
    forged.edit_ledger(lambda lines: lines[0].pop("scenarios"))

    reported = run_contracts("report", str(forged.folder), "--force", cwd=run.parent)

    assert reported.code == 2
    assert "the line of seq 1 is not a run_started line: Object missing required field `scenarios`" in reported.stderr
    assert "Traceback" not in reported.stderr
