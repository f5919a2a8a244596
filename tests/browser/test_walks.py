"""Three planted faults, walked by somebody who has report.html alone: which promise broke, what came instead, for which
request, on which line, since when, and what else has the same cause."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Locator, Page, expect

from helpers.command import REPOSITORY, Finished, run_contracts

OpenPage = Callable[..., Page]

pytestmark = pytest.mark.thorough
SCENARIOS = ("1.2", "1.3", "6.8")
CHECKS = ("W.1.1", "W.1.14", "W.1.15")
HOOK = """
from functools import partial

from qtickets_sandbox.loader import load as load_whole

load = partial(load_whole, defects=["amount-in-kopecks"])
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project of this repository, and a run in which nothing failed."""
    folder = tmp_path_factory.mktemp("walks")
    for name in ("spec", "contracts", "reports"):
        shutil.copytree(REPOSITORY / name, folder / name)
    (folder / "planted.py").write_text(HOOK, encoding="utf-8")
    assert _run(folder, "healthy", *SCENARIOS, *CHECKS).code == 0
    return folder


@pytest.fixture(scope="module")
def faulty(project: Path) -> Path:
    """report.html of a run in which a filter is ignored and fields are missing."""
    finished = _run(project, "faulty", *SCENARIOS, "--phase", "scenarios", faults=["filter-ignored", "missing-seat-id"])
    assert finished.code == 1
    return finished.folder / "report.html"


@pytest.fixture(scope="module")
def kopecks(project: Path) -> Path:
    """report.html of a run in which the loader writes prices in kopecks."""
    finished = _run(project, "kopecks", *CHECKS, "--phase", "warehouse", load="planted:load")
    assert finished.code == 1
    return finished.folder / "report.html"


def test_a_filter_that_is_ignored(open_page: OpenPage, faulty: Path) -> None:
    row = _walk_from_cause(open_page(faulty), "'payed' has another value", "1.2")

    expect(row.locator(".what")).to_contain_text("List paid orders, oldest first")
    check = row.locator(".check").filter(has_text="every").first
    expect(check.locator(".compare dd")).to_have_text(["true", "[false, false, false, false, false]"])
    expect(check.locator("code").last).to_have_text("contracts/qtickets/1-orders.yaml:45")
    expect(row.get_by_label("Command")).to_contain_text("""--data-raw '{"where":[{"column":"payed","value":1}]""")
    expect(row.get_by_label("Command")).to_contain_text('"$restToken"')
    expect(row.locator(".since")).to_have_text("new")


def test_a_field_that_is_missing(open_page: OpenPage, faulty: Path) -> None:
    row = _walk_from_cause(open_page(faulty), "seat_id", "6.8")

    check = row.locator(".check").filter(has_text="body_schema")
    expect(check).to_contain_text("is missing the required property 'seat_id'")
    expect(check.locator("code").last).to_contain_text("spec/qtickets/components/partners-responses.yaml:")
    expect(row.get_by_label("Command")).to_contain_text("/tickets/check")
    expect(row.locator(".since")).to_have_text("new")
    expect(row.locator("mark").first).to_have_text('"result"')


def test_a_wrong_value_in_the_warehouse(open_page: OpenPage, kopecks: Path) -> None:
    row = _walk_from_cause(open_page(kopecks), "revenue", "W.1.14")

    expect(row.locator("pre").get_by_text("SELECT").first).to_be_visible()
    expect(row.locator(".about code")).to_contain_text("contracts/qtickets/warehouse-1-sales.yaml:")
    expect(row.get_by_text("API:")).to_be_visible()
    expect(row.locator(".since")).to_have_text("new")


def _walk_from_cause(page: Page, words: str, identifier: str) -> Locator:
    """Go from the verdict over the cause that has the words to a row that shows it, which leads back to the cause."""
    expect(page.get_by_role("heading", level=1)).to_have_text("failed")
    cause = page.locator(".causes > li").filter(has=page.locator("strong", has_text=words)).first
    expect(cause).to_contain_text("last passed 20")
    cause.get_by_role("link", name=identifier, exact=True).click()
    row = page.locator(".row[open]")
    expect(row.locator(".id")).to_have_text(identifier)
    expect(row.get_by_role("link", name=words)).to_have_attribute("href", f"#{cause.get_attribute('id')}")
    return row


def _run(
    project: Path, output: str, *arguments: str, load: str | None = None, faults: list[str] | None = None
) -> Finished:
    settings: dict[str, Any] = yaml.safe_load((REPOSITORY / "contracts.yaml").read_text(encoding="utf-8"))
    sandbox = settings["environments"]["sandbox"]
    sandbox["sandbox"]["faults"] = faults or []
    if load:
        sandbox["warehouse"]["load"] = load
    (project / "contracts.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    return run_contracts("run", *arguments, "--output", f"runs/{output}", cwd=project)
