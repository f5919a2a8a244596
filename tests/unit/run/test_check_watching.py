"""A project that is checked whenever a file of it changes: what is told at once is what a whole check tells."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts_runner.maintenance.lint.report import CheckReport
from contracts_runner.run.check_watching import watch_check
from contracts_runner.run.inspection import check_files
from helpers.shop import write_project

THINGS = """
- {id: "1", title: Чтение, steps: [{operation: listThings, capture: {first: "$.data[0].id"}}]}
- {id: "2", title: Two, needs: {one: "1"}, steps: [{operation: getThing, parameters: {id: "${one.first}"}}]}
- {id: "5", title: Five, steps: [{operation: getThing, parameters: {id: "${thing}"}}]}
"""
OTHERS = """contract: others
spec: things
source: {document: shop.md}
scenarios:
- {id: "3", title: Three, needs: {one: "1"}, steps: [{operation: getThing, parameters: {id: "${one.first}"}}]}
- {id: "4", title: Four, steps: [{operation: listThings, expect: {status: 200}}]}
"""
NAME = "contracts/others.yaml"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_project(tmp_path, THINGS, base_url="https://shop.example.com")
    (tmp_path / NAME).write_text(OTHERS, encoding="utf-8")
    return tmp_path


def follow(project: Path, *changes: tuple[str, str] | None) -> list[CheckReport]:
    """Return what is shown first, then for each (file, text) that is written, or None for a while without changes."""
    shown = list[CheckReport]()

    def make_changes() -> Iterator[list[str]]:
        for change in changes:
            if change:
                (project / change[0]).write_text(change[1], encoding="utf-8")
            yield [change[0]] if change else []

    watch_check(
        lambda kept, files: check_files(project, kept, files), lambda report, _: shown.append(report), make_changes()
    )
    return shown


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("operation: getThing", "operation: getTing"),
        ("operation: getThing", "operaton: getThing"),
        ("parameters: {id:", "parameters: {idd:"),
        ("${one.first}", "${one.last}"),
        ("${one.first}", "${two.first}"),
        ('{one: "1"}', '{one: "9"}'),
        ('id: "3"', 'id: "4"'),
        ("status: 200", "status: 299"),
        ("status: 200", "body: {$.data[0].id: text}"),
        ("operation: listThings", "operation: listThings, auth: nobody"),
        ("operation: listThings", "operation: listThings, in: {elsewhere: {}}"),
        ("contract: others", "contract: [others"),
        ("spec: things", "spec: thing"),
    ],
)
def test_at_once_is_told_what_a_whole_check_tells_of_the_file(project: Path, written: str, instead: str) -> None:
    first, changed = follow(project, (NAME, OTHERS.replace(written, instead)))

    assert first.problems == ()
    assert changed.problems == check_files(project).problems != ()


def test_what_is_wrong_in_other_files_stays_told(project: Path) -> None:
    broken = OTHERS.replace("getThing", "getTing")

    reports = follow(project, (NAME, broken), ("contracts/things.yaml", "contract: [things"), (NAME, OTHERS))

    assert [{each.location.path for each in report.problems} for report in reports[:3]] == [
        set(),
        {NAME},
        {NAME, "contracts/things.yaml"},
    ]


def test_what_a_change_breaks_elsewhere_is_told_after_a_while(project: Path) -> None:
    things = (project / "contracts/things.yaml").read_text(encoding="utf-8")

    reports = follow(project, ("contracts/things.yaml", things.replace('id: "1"', 'id: "one"')), None, None)

    _, at_once, later = reports
    assert {each.location.path for each in at_once.problems} == {"contracts/things.yaml"}
    assert {each.location.path for each in later.problems} == {"contracts/things.yaml", NAME}
    assert later.problems == check_files(project).problems


@pytest.mark.parametrize("name", ["contracts.yaml", "spec.yaml", "contracts/new.yaml"])
def test_another_file_has_everything_checked(project: Path, name: str) -> None:
    path = project / name
    text = path.read_text(encoding="utf-8") if path.exists() else OTHERS

    *_, changed = follow(project, (name, text.replace("listThings", "listAll").replace("things: ", "market: ")))

    assert changed.problems == check_files(project).problems != ()
