"""What was found, as text, JSON and GitHub annotations."""

import json
from pathlib import Path

import pytest

from contracts_runner.errors import Problem, Rule, Severity, SourceLocation
from contracts_runner.maintenance.lint.report import CheckReport, render_github, render_json, render_text
from contracts_runner.maintenance.printing import Level, render_annotation

ERROR = Problem(location=SourceLocation("contracts/a.yaml", 7), message="what", hint="what to do", rule="body-path")
WARNING = Problem(
    location=SourceLocation("contracts.yaml", 9), message="hm", rule="unused-variable", severity=Severity.WARNING
)


def make_report(*problems: Problem, root: Path = Path("/project")) -> CheckReport:
    return CheckReport(root=root, operations=1, scenarios=2, problems=problems)


def test_text_has_a_line_for_each_problem_and_a_count() -> None:
    assert render_text(make_report(WARNING, ERROR), is_whole=True).splitlines() == [
        "contracts/a.yaml:7: what; what to do",
        "contracts.yaml:9: warning: hm",
        "1 error, 1 warning in 2 scenarios and 1 operation",
    ]


@pytest.mark.parametrize(("is_whole", "count"), [(False, 2), (True, 4)])
def test_scenarios_without_a_source_are_one_line_of_a_file(is_whole: bool, count: int) -> None:
    places = [SourceLocation(f"contracts/{name}.yaml", line) for name in "ab" for line in (1, 2)]
    missing = (
        Problem(location=place, message=f"'{place.line}' has none", rule=Rule.MISSING_SOURCE, severity=Severity.WARNING)
        for place in places
    )

    first, *others = render_text(make_report(*missing), is_whole=is_whole).splitlines()

    assert first.endswith("'1' has none" if is_whole else "'1' has none (1 more like it: `contracts check --all`)")
    assert len(others) == count


def test_json_is_one_object() -> None:
    assert json.loads(render_json(make_report(ERROR), is_strict=False)) == {
        "ok": False,
        "operations": 1,
        "scenarios": 2,
        "problems": [
            {
                "file": "contracts/a.yaml",
                "line": 7,
                "rule": "body-path",
                "severity": "error",
                "message": "what; what to do",
            }
        ],
    }


@pytest.mark.parametrize(
    ("problems", "is_strict", "is_ok"),
    [((), True, True), ((WARNING,), False, True), ((WARNING,), True, False), ((ERROR,), False, False)],
)
def test_warnings_count_only_strictly(problems: tuple[Problem, ...], is_strict: bool, is_ok: bool) -> None:
    report = make_report(*problems)

    assert report.is_ok(is_strict=is_strict) is is_ok
    assert json.loads(render_json(report, is_strict=is_strict))["ok"] is is_ok


def test_annotations_name_files_from_the_repository() -> None:
    lines = render_github(make_report(ERROR, WARNING, root=Path("/repository/api")), base=Path("/repository"))

    assert lines.splitlines() == [
        "::error file=api/contracts/a.yaml,line=7,title=body-path::what; what to do",
        "::warning file=api/contracts.yaml,line=9,title=unused-variable::hm",
    ]


def test_a_project_outside_of_the_repository_keeps_its_own_names() -> None:
    line = render_github(make_report(ERROR), base=Path("/elsewhere"))

    assert line.startswith("::error file=contracts/a.yaml,")


def test_annotations_are_escaped() -> None:
    line = render_annotation(Level.ERROR, "50%\r\na: b, c", file="a,b:c%.yaml", line=1, title="x\ny")

    assert line == "::error file=a%2Cb%3Ac%25.yaml,line=1,title=x%0Ay::50%25%0D%0Aa: b, c"
