"""A Chromium that is already there, and the report of the sample run opened in it."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from helpers.rendering import write_reports
from helpers.sample_run import build_sample_run

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
# Without a sandbox of its own, because tests may run as root in a container; and without a call home.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str | None:
    """The program in $CHROMIUM, on the path, or among the applications of macOS."""
    candidates = [os.environ.get("CHROMIUM"), *map(shutil.which, NAMES), *filter(os.path.exists, PLACES)]
    return next(filter(None, candidates), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_chromium()
    if path is None:
        pytest.skip("no Chromium: `apt-get install chromium`, or name one in $CHROMIUM")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """report.html of the sample run."""
    folder = tmp_path_factory.mktemp("run")
    write_reports(build_sample_run(), folder)
    return folder / "report.html"


@pytest.fixture
def requests() -> list[str]:
    """The address of every request that the page made or tried."""
    return []


@pytest.fixture
def complaints() -> list[str]:
    """What the page wrote to the console, and its uncaught errors."""
    return []


@pytest.fixture
def open_page(browser: Browser, requests: list[str], complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Opens a file, or the address of a place in it; `options` are those of a browser context."""
    contexts = []

    def open_file(path: Path | str, **options: object) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path.as_uri() if isinstance(path, Path) else path)
        return page

    yield open_file
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page: Callable[..., Page], report: Path) -> Page:
    return open_page(report)
