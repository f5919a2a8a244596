"""What is told when a cause comes or goes."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs

from contracts_runner.errors import UsageError
from contracts_runner.reporting.alert import Alert, find_change, render_alert
from contracts_runner.results.fold import fold_ledger
from contracts_runner.results.results import CauseRow, Results
from contracts_runner.results.rows import LeakRow
from helpers.rendering import TEMPLATES
from helpers.sample_run import HOSTILE, build_sample_run

RESULTS = fold_ledger(build_sample_run(simulated=False))


def make_cause(key: str, **changes: Any) -> CauseRow:
    example = {"id": "1.1", "message": f"message of {key}", "location": "contracts/a.yaml:3"}
    row = {
        "key": key,
        "phase": "scenarios",
        "outcome": "failed",
        "title": f"title of {key}",
        "count": 2,
        "ids": ["1.1"],
    }
    return msgspec.convert({**row, "example": example, **changes}, CauseRow)


def make_results(*keys: str, **changes: Any) -> Results:
    return structs.replace(RESULTS, causes=tuple(make_cause(key) for key in keys), **changes)


def tell(before: Results | None, after: Results, templates: Path = TEMPLATES) -> Alert:
    change = find_change(before, after)
    assert change is not None
    return render_alert(change, Path("runs/a"), [templates])


@pytest.mark.parametrize(
    ("before", "after", "new", "gone", "lasting"),
    [
        (None, "ab", "ab", "", ""),
        ("", "a", "a", "", ""),
        ("a", "", "", "a", ""),
        ("ab", "bc", "c", "a", "b"),
    ],
)
def test_causes_come_go_and_stay(before: str | None, after: str, new: str, gone: str, lasting: str) -> None:
    change = find_change(None if before is None else make_results(*before), make_results(*after))

    assert change is not None
    found = [[cause.key for cause in causes] for causes in (change.new, change.gone, change.lasting)]
    assert found == [list(new), list(gone), list(lasting)]


@pytest.mark.parametrize(("before", "after"), [("", ""), (None, ""), ("a", "a"), ("ab", "ba")])
def test_nothing_is_told_of_what_is_as_it_was(before: str | None, after: str) -> None:
    results = None if before is None else make_results(*before)

    assert find_change(results, make_results(*after)) is None


def test_a_person_reads_what_is_new_and_what_is_gone() -> None:
    alert = tell(make_results("a", "b"), make_results("b", "c"))

    assert alert.title == f"{RESULTS.run.environment}: 1 new cause, 1 gone"
    assert [line for line in alert.text.splitlines() if line] == [
        f"# {alert.title}",
        *("**New**", "- failed: title of c (1.1)", "  message of c (contracts/a.yaml:3)"),
        *("**Gone**", "- failed: title of a (1.1)"),
        "Still there: 1",
        alert.document["verdict"],
        f"Run {RESULTS.run.id}, 2025-11-09 15:14:41 UTC: runs/a",
    ]


def test_a_program_reads_all_rows() -> None:
    document = json.loads(json.dumps(tell(make_results("a"), make_results("b")).document))

    assert document["new"][0]["example"]["message"] == "message of b"
    assert (document["new"][0]["count"], document["gone"][0]["key"], document["lasting"]) == (2, "a", [])
    assert document["run"]["environment"] == RESULTS.run.environment


def test_a_sandbox_says_so() -> None:
    simulated = structs.replace(RESULTS.run, simulated=True)

    assert "sandbox run: says nothing about production" in tell(None, make_results("a", run=simulated)).text


def test_it_is_in_the_language_of_the_run() -> None:
    alert = tell(None, make_results("a", run=structs.replace(RESULTS.run, language="ru")))

    assert alert.title == f"{RESULTS.run.environment}: 1 новая причина, исчезло: 0"


def test_text_of_a_service_acts_neither_in_markdown_nor_on_a_terminal() -> None:
    odd = f"{HOSTILE} [link](http://127.0.0.1:9) \x1b[31m\u202e\n# head"
    after = structs.replace(
        RESULTS, causes=(make_cause("a", title=odd, ids=[odd], example={"id": "", "message": odd}),)
    )

    text = tell(None, after).text

    assert not {"<script", "[link](", "\x1b", "\u202e", "\n# head"} & {part for part in (text,) if part}
    assert all(part not in text for part in ("<script", "[link](", "\x1b", "\u202e", "\n# head"))


def test_of_a_run_that_leaked_only_the_leak_is_told() -> None:
    leaks = (LeakRow(file="report.html", line=1, kind="secret", name="$TOKEN"),)
    after = make_results("a", "leak secret $TOKEN", leaks=leaks)

    alert = tell(None, after)

    assert "title of leak secret $TOKEN" in alert.text.replace("\\", "")
    shown = json.dumps(alert.document) + alert.text
    assert ("title of a" in shown, "message of a" in shown, "were found in what the run wrote" in shown) == (
        False,
        False,
        True,
    )


def test_a_project_has_its_own_text_and_is_told_of_a_mistake_in_it(tmp_path: Path) -> None:
    own = tmp_path / "alert.md.jinja"
    own.write_text("{{ new|length }} of {{ run.environment }}", encoding="utf-8")
    assert tell(None, make_results("a"), tmp_path).text == f"1 of {RESULTS.run.environment}"

    own.write_text("{{ new.oops }}", encoding="utf-8")
    with pytest.raises(UsageError, match=r"alert\.md\.jinja:1: .*oops"):
        tell(None, make_results("a"), tmp_path)


@pytest.mark.parametrize("attempt", ["{{ run.__class__.__mro__ }}", "{{ ''.__class__ }}", "{{ new.append(1) }}"])
def test_a_template_is_in_a_sandbox(tmp_path: Path, attempt: str) -> None:
    (tmp_path / "alert.md.jinja").write_text(attempt, encoding="utf-8")

    with pytest.raises(UsageError):
        tell(None, make_results("a"), tmp_path)
