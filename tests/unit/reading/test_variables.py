"""`$NAME`: where its value comes from."""

from pathlib import Path

import pytest

from contracts_runner.reading.variables import load_variables


@pytest.mark.parametrize(
    ("environ", "value"),
    [({"DSN": "process"}, "process"), ({"DSN": ""}, "file"), ({}, "file")],
)
def test_the_process_counts_before_the_file_and_what_is_empty_is_not_set(
    tmp_path: Path, environ: dict[str, str], value: str
) -> None:
    (tmp_path / ".env").write_text("DSN=file\n", encoding="utf-8")

    variables, problems = load_variables(tmp_path, environ)

    assert (variables["DSN"], problems) == (value, [])


def test_without_a_file_the_variables_are_those_of_the_process(tmp_path: Path) -> None:
    assert load_variables(tmp_path, {"DSN": "process"}) == ({"DSN": "process"}, [])


def test_a_mistake_in_the_file_is_reported_without_its_text(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DSN=file\n=s3cret\n", encoding="utf-8")

    variables, problems = load_variables(tmp_path, {})

    assert variables == {"DSN": "file"}
    assert [str(problem) for problem in problems] == [".env:2: is not of the form NAME=value"]
