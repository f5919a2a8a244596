"""The JSON form of what an audit finds."""

import pytest

from contracts_runner.audit.violation import Violation
from contracts_runner.model.json import Json

LONG = "x" * 1000


@pytest.mark.parametrize(
    ("printed", "recomputed", "shown"),
    [
        ("a  b", "a b", ("a  b", "a b")),
        (LONG + "1" + LONG, LONG + "2" + LONG, (f"…{'x' * 40}1{'x' * 40}…", f"…{'x' * 40}2{'x' * 40}…")),
        ([LONG, 1], [LONG, 2], (f"…{'x' * 37}', 1]", f"…{'x' * 37}', 2]")),
    ],
)
def test_long_values_are_cut_to_what_differs(printed: Json, recomputed: Json, shown: tuple[str, str]) -> None:
    row = Violation("title", printed, recomputed, "results.json").as_json()

    assert (row["printed"], row["recomputed"]) == shown
