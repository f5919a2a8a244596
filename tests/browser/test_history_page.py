"""The page of `contracts history --html`: nothing that axe-core finds wrong, no overflow on a narrow screen, no
request."""

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from contracts_runner.model.phase import Phase
from contracts_runner.results.rows import EarlierRun
from contracts_runner.run.history import HistoryRun, build_history
from contracts_runner.run.history_output import write_page
from helpers.rendering import TEMPLATES

OpenPage = Callable[..., Page]
ROWS = {"1.1": "PPPPPPPP", "1.2": "PFPFPPFP", "a-scenario-with-a-very-long-name": "KKKKKXPF", "2.1": "...BSEEE"}


@pytest.fixture(scope="session")
def history_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    page = tmp_path_factory.mktemp("history") / "index.html"
    runs = [
        HistoryRun(
            run=EarlierRun(id=f"{day:08}", started_at=f"2026-01-{day + 1:02}T00:00:00.000Z"),
            folder=None,
            is_complete=True,
            is_simulated=True,
            letters={(Phase.SCENARIOS, name): letters[day] for name, letters in ROWS.items() if letters[day] != "."},
        )
        for day in range(8)
    ]
    write_page(build_history("sandbox", runs), page, [TEMPLATES])
    return page


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 375)])
def test_the_page_is_accessible_and_fits(
    open_page: OpenPage, history_page: Path, requests: list[str], scheme: str, width: int
) -> None:
    page = open_page(history_page, color_scheme=scheme, viewport={"width": width, "height": 800})

    violations = Axe().run(page).response["violations"]

    assert [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert [address for address in requests if not address.startswith("file:")] == []
    assert page.locator("svg.strip").count() == 3
