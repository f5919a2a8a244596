"""What is wrong with a document is told, and its contracts are looked at all the same."""

from pathlib import Path

import pytest

from helpers.small_projects import SPEC, check


@pytest.mark.parametrize("broken", ["[[]]", "[]", "5", "{type: nonsense}", "{pattern: '('}"])
def test_a_schema_that_no_compiler_takes_does_not_end_the_check(tmp_path: Path, broken: str) -> None:
    spec = SPEC.replace("      properties:\n", f"      properties:\n        zz: {broken}\n")
    assert spec != SPEC

    problems = check(tmp_path, {"spec.yaml": spec})

    assert {problem.location.path for problem in problems} == {"spec.yaml"}
