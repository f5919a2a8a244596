"""What a row of a check says of itself is computed again."""

from typing import Any

import pytest

from contracts_runner.audit.judging import judge_checks

HASH = "9f64a747e1b97f131fabb6b447296c9b6f0201e79fb3c5356e6c77e89b6a806a"


@pytest.mark.parametrize(
    ("check", "expected", "actual", "outcome", "violations"),
    [
        ("sha256", HASH, HASH, "passed", []),
        ("sha256", HASH.upper(), HASH, "passed", []),
        ("sha256", HASH, "0" * 64, "failed", []),
        ("sha256", HASH, "0" * 64, "passed", ["outcome"]),
        ("sha256", HASH, HASH, "failed", ["outcome"]),
        ("sha256", HASH, "<card>", "passed", []),
        ("bytes", 17, 17, "passed", []),
        ("bytes", 16, 17, "passed", ["outcome"]),
        ("bytes", {"minimum": 5}, 17, "passed", []),
        ("bytes", {"minimum": 5}, 4, "passed", ["actual"]),
    ],
)
def test_a_row_that_its_own_values_refute_is_told(
    check: str, expected: Any, actual: Any, outcome: str, violations: list[str]
) -> None:
    row = {"check": check, "expected": expected, "actual": actual, "outcome": outcome}

    found = judge_checks({"response": {"bytes": 17}, "checks": [row]})

    assert [figure for _, figure, _, _ in found] == violations
