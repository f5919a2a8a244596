"""What earlier runs tell of a row: new, since when, flaky, fixed."""

from itertools import product
from random import Random
from typing import Any

import pytest

from contracts_runner.audit.chain import Line as AuditLine
from contracts_runner.audit.earlier_outcomes import check_earlier, list_since
from contracts_runner.audit.recount import recount
from contracts_runner.audit.tally import Tally, build_tally
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.results.events import EarlierRunsRecorded, PropertyFinished
from contracts_runner.results.rows import OUTCOME_LETTERS, EarlierRow, EarlierRun, PropertyRow
from helpers.ledger_builder import LedgerBuilder, Line, fold, list_rows

THIS = "20251109T151441Z-sandbox-1a2b3c"
LETTERS = (*OUTCOME_LETTERS.values(), ".")


def make_ledger(*rows: tuple[str, str]) -> list[Line]:
    """The lines of a run whose property rows have (letters of earlier runs, outcome), and these two for their id."""
    count = max(len(letters) for letters, _ in rows)
    runs = tuple(
        EarlierRun(id=f"run{number}", started_at=f"2025-10-{number:02}T00:00:00.000Z") for number in range(1, count + 1)
    )
    earlier = tuple(
        EarlierRow(phase=Phase.PROPERTIES, id=f"{letters} {outcome}", outcomes=letters) for letters, outcome in rows
    )
    builder = LedgerBuilder().add(EarlierRunsRecorded(runs=runs, rows=earlier))
    for letters, outcome in rows:
        row = PropertyRow(id=f"{letters} {outcome}", outcome=Outcome(outcome))
        builder.add(PropertyFinished(row=row))
    return builder.finish()


def find_since(letters: str, outcome: str) -> tuple[Any, ...] | None:
    """(state, runs, of, run) of a row, None without an entry."""
    found = [row for row in fold(make_ledger((letters, outcome)))["since"] if row["phase"] == "properties"]
    return next(((row["state"], row["runs"], row["of"], row["run"]) for row in found), None)


def tally(lines: list[Line]) -> Tally:
    found = build_tally(AuditLine(number, row) for number, row in enumerate(list_rows(lines), start=1))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("letters", "outcome", "expected"),
    [
        ("PPP", "failed", ("new", 1, 4, THIS)),
        ("PPP", "errored", ("new", 1, 4, THIS)),
        ("FFP", "failed", ("new", 1, 4, THIS)),
        ("...", "failed", ("new", 1, 1, THIS)),
        ("PKX", "failed", ("new", 1, 4, THIS)),
        ("PFE", "failed", ("since", 3, 4, "run2")),
        ("PF.", "failed", ("since", 2, 3, "run2")),
        ("PFBS", "errored", ("since", 2, 3, "run2")),
        ("F" * 20, "failed", ("since", 21, 21, "run1")),
        ("PFF", "passed", ("fixed", 2, 4, THIS)),
        ("PF.", "passed", ("fixed", 1, 3, THIS)),
        ("PFP", "passed", None),
        ("PPP", "passed", None),
        ("...", "passed", None),
        ("PFF", "known", None),
        ("PPK", "fixed", None),
        ("FFF", "blocked", None),
        ("FFF", "skipped", None),
        ("PFP", "failed", ("flaky", 2, 4, THIS)),
        ("FPF", "passed", ("flaky", 2, 4, THIS)),
        ("PFBP", "failed", ("flaky", 2, 4, THIS)),
        # Of a run that is errored nobody knows.
        ("PEPEP", "passed", None),
        ("PEPE", "passed", ("fixed", 1, 5, THIS)),
        ("PEPE", "failed", ("since", 2, 5, "run4")),
        ("PFPF", "errored", ("since", 2, 5, "run4")),
        ("PFEPE", "failed", ("flaky", 2, 4, "run5")),
        ("PFPF" + "P" * 5, "passed", ("flaky", 2, 10, "run5")),
        ("PFPF" + "P" * 8, "passed", None),
        ("PFPF" + "F" * 7, "failed", ("since", 9, 12, "run4")),
    ],
)
def test_a_row_has_the_state_that_its_outcomes_tell(
    letters: str, outcome: str, expected: tuple[Any, ...] | None
) -> None:
    assert find_since(letters, outcome) == expected


def test_a_run_without_earlier_ones_has_no_member() -> None:
    assert "since" not in fold(LedgerBuilder().finish())


@pytest.mark.parametrize(
    ("letters", "outcome", "run"),
    [("PKF", "failed", "run1"), ("PFP", "errored", "run3"), ("F.K", "failed", None), ("PPF", "passed", None)],
)
def test_a_broken_row_tells_in_which_run_it_passed_last(letters: str, outcome: str, run: str | None) -> None:
    [row] = fold(make_ledger((letters, outcome)))["since"]

    assert row.get("passed", {}).get("id") == run


def test_the_audit_finds_the_same_by_itself() -> None:
    draw = Random(1)
    short = ["".join(letters) for letters in product(LETTERS, repeat=3)]
    long = ["".join(draw.choices(LETTERS + ("P", "F") * 4, k=20)) for _ in range(300)]
    lines = make_ledger(*product([*short, *long], Outcome))

    results = recount(tally(lines)).results

    assert results["since"] == fold(lines)["since"]
    assert {row["state"] for row in results["since"]} == {"new", "since", "flaky", "fixed"}


def test_the_audit_tells_a_row_without_a_letter_for_each_run() -> None:
    good, bad = (
        tally(make_ledger(("PF", "passed"), ("F.", "failed"))),
        tally(make_ledger(("PF", "passed"), ("F", "failed"))),
    )

    assert [*check_earlier(good)] == []
    assert [violation.printed for violation in check_earlier(bad)] == ["F"]
    assert list_since(bad, {"scenarios": [], "properties": [], "warehouse": []}) == []
