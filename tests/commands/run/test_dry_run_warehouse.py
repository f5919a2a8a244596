"""`--dry-run` shows the first page that each warehouse check asks the API for, as the run then asks for it."""

import json
import re
from itertools import groupby
from pathlib import Path

import pytest

from helpers.command import REPOSITORY, Finished, run_contracts
from helpers.shop import READ, write_project

# Method, path, and body if there is one.
Shown = tuple[str, ...]
_EXPRESSION = re.compile(r"\$\{[^{}]*\}")


def read_dry_run(text: str) -> list[Shown]:
    """Return the first pages that are shown, in their order, without those that are not sent again."""
    pages: list[Shown] = []
    for line in text.splitlines()[1:-1]:
        if match := re.fullmatch(r" {4}([A-Z]+) (\S+)(?:  \[for each item.*\])?", line):
            pages.append((match[1], match[2]))
        elif line.startswith(" " * 8 + "{"):
            pages[-1] = (*pages[-1], line.strip())
    return pages


def read_run(finished: Finished) -> list[Shown]:
    """Return the first pages that a run has recorded, in the order in which they were asked for."""
    base_url = finished.results["run"]["base_url"]
    files = sorted(
        finished.folder.glob("artifacts/warehouse/*/*-page-1.json"), key=lambda file: int(file.name.split("-")[0])
    )
    requests = [json.loads(file.read_text(encoding="utf-8"))["request"] for file in files]
    return [
        (request["method"], request["url"].removeprefix(base_url), *filter(None, [request["body"]]))
        for request in requests
    ]


def find_planned(planned: list[Shown], recorded: Shown) -> int:
    """Return which planned page was recorded; an expression may be any value."""
    for number, page in enumerate(planned):
        patterns = [".+".join(map(re.escape, _EXPRESSION.split(part))) for part in page]
        if len(page) == len(recorded) and all(map(re.fullmatch, patterns, recorded)):
            return number
    raise AssertionError(f"the dry run does not show {recorded}")


def test_the_first_pages_that_are_shown_are_those_that_the_run_records(tmp_path: Path) -> None:
    """All warehouse checks of QTickets that ask the API, in the order in which they do."""
    options = ("run", "--phase", "warehouse", "--project", str(REPOSITORY))
    planned = read_dry_run(run_contracts(*options, "--dry-run", cwd=tmp_path).stdout)
    recorded = read_run(run_contracts(*options, "--output", "out", cwd=tmp_path))

    assert len(planned) == 10
    asked = [number for number, _ in groupby(find_planned(planned, page) for page in recorded)]
    assert asked == list(range(len(planned)))


WAREHOUSE = """
warehouse: things
tables:
  things:
    checks:
      - {id: W.1, exists: true}
      - {id: W.2, reconcile: {operation: OPERATION, rows: "$.data[*]", key: $.id, column: id}}
      - id: W.3
        sum_equals:
          operation: listThings
          for_each: {operation: OPERATION, rows: "$.data[*]", parameters: {color: $.name}, at_most: 9}
          rows: "$.data[*]"
          column: price
          value: $.price
          by: {name: $.name}
"""


def show(
    folder: Path, *options: str, more_settings: str, operation: str = "listThings", key: str = "very-secret-key-1"
) -> list[str]:
    """Return the lines of a dry run of the warehouse phase."""
    write_project(folder, READ, base_url="https://shop.example.com", more_settings=more_settings)
    settings = folder / "contracts.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("very-secret-key-1", key), encoding="utf-8")
    contract = folder / "contracts" / "warehouse.yaml"
    contract.write_text(WAREHOUSE.replace("OPERATION", operation), encoding="utf-8")
    finished = run_contracts("run", "--phase", "warehouse", "--dry-run", *options, cwd=folder)
    assert finished.code == 0, finished.stderr
    return finished.stdout.splitlines()[1:-1]


ENGINE = 'warehouse: {dsn: "chdb://memory"}\n'


def test_a_walk_that_another_check_has_made_is_not_sent_again_and_the_walks_of_items_show_where_values_come_from(
    tmp_path: Path,
) -> None:
    settings = 'warehouse: {dsn: "chdb://memory", max_requests: 50}\n'

    assert show(tmp_path, more_settings=settings) == [
        "max_requests: at most 50 requests of the checks in all",
        "W.1  things: exists",
        "W.2  things: reconcile",
        "    GET https://shop.example.com/things",
        "W.3  things: sum_equals",
        "    GET https://shop.example.com/things  [not sent again: W.2 has its pages]",
        "    GET https://shop.example.com/things?color=${$.name}  [for each item, at most 9 times]",
    ]


def test_a_walk_over_a_write_is_shown_as_blocked_and_nothing_follows_it(tmp_path: Path) -> None:
    shown = show(tmp_path, operation="addThing", more_settings=ENGINE)

    assert shown[1:] == [
        "W.2  things: reconcile",
        "    POST https://shop.example.com/things",
        "        blocked, addThing: not sent: addThing writes, and a warehouse check only reads",
        "W.3  things: sum_equals",
        "    POST https://shop.example.com/things",
        "        blocked, listThings: not sent: addThing writes, and a warehouse check only reads",
    ]


def test_without_the_credential_the_check_is_shown_as_skipped(tmp_path: Path) -> None:
    shown = show(tmp_path, "--skip-missing", "W.2", more_settings=ENGINE, key="$NOT_SET_ANYWHERE")

    assert shown[-1] == "        skipped, listThings is not asked: the environment has no credential 'key'"


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ("", "not configured: the environment names no warehouse"),
        ("warehouse: {dsn: $NOT_SET_ANYWHERE}\n", "not configured: $NOT_SET_ANYWHERE is not set"),
    ],
)
def test_without_a_warehouse_each_check_is_shown_as_skipped_as_in_the_run(
    settings: str, reason: str, tmp_path: Path
) -> None:
    shown = show(tmp_path, more_settings=settings)
    finished = run_contracts("run", "--phase", "warehouse", "--output", "out", cwd=tmp_path)

    assert shown == [
        line
        for row in finished.results["warehouse"]["checks"]
        for line in (f"{row['id']}  things: {row['check']}", f"    skipped: {row['message']}")
    ]
    assert {row["message"] for row in finished.results["warehouse"]["checks"]} == {reason}
