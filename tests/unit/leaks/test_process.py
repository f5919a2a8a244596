"""The leak scan beside a run: every file is searched for all values that count at the end, here or by a process."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from contracts_runner.errors import RunFolderError
from contracts_runner.leaks.process import LeakProcess

NAME = "Константинов"
EMAIL = "first.last@example.com"
SECRETS = {"restToken": "sandbox-rest-token"}


@pytest.fixture(params=[True, False], ids=["process", "here"])
def search(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[LeakProcess]:
    with LeakProcess(tmp_path, few_bytes=-1 if request.param else 1000) as process:
        yield process


def places(search: LeakProcess) -> list[tuple[str, int, str]]:
    return [(leak.file, leak.line, leak.kind) for leak in search.finish()]


def test_value_that_is_met_later_is_found_in_a_file_of_before(tmp_path: Path, search: LeakProcess) -> None:
    (tmp_path / "early.txt").write_text(f"one\n{EMAIL}", encoding="utf-8")
    (tmp_path / "late.txt").write_text(NAME, encoding="utf-8")

    search.search(["early.txt"], secrets=SECRETS, personal=[NAME])
    search.search(["late.txt"], secrets=SECRETS, personal=[NAME, EMAIL])

    assert places(search) == [("early.txt", 2, "personal value"), ("late.txt", 1, "personal value")]


def test_secret_that_is_met_later_is_found_in_a_file_of_before(tmp_path: Path, search: LeakProcess) -> None:
    (tmp_path / "early.txt").write_text("cookie-of-a-session", encoding="utf-8")

    search.search(["early.txt"], secrets=SECRETS, personal=[])
    search.search([], secrets={**SECRETS, "met 1": "cookie-of-a-session"}, personal=[])

    assert places(search) == [("early.txt", 1, "secret")]


def test_value_that_counts_no_longer_is_no_leak(tmp_path: Path, search: LeakProcess) -> None:
    (tmp_path / "early.txt").write_text(f"{NAME}\n{EMAIL}", encoding="utf-8")

    search.search(["early.txt"], secrets=SECRETS, personal=[NAME, EMAIL])
    search.search([], secrets=SECRETS, personal=[EMAIL])

    assert places(search) == [("early.txt", 2, "personal value")]


def test_file_that_was_written_again_is_searched_again(tmp_path: Path, search: LeakProcess) -> None:
    (tmp_path / "page.txt").write_text("nothing", encoding="utf-8")
    search.search(["page.txt"], secrets=SECRETS, personal=[EMAIL])
    (tmp_path / "new.txt").write_text(EMAIL, encoding="utf-8")
    (tmp_path / "new.txt").replace(tmp_path / "page.txt")

    search.search(["page.txt"], secrets=SECRETS, personal=[EMAIL])

    assert places(search) == [("page.txt", 1, "personal value")]


def test_file_that_cannot_be_read_is_no_clean_file(search: LeakProcess) -> None:
    search.search(["gone.txt"], secrets=SECRETS, personal=[EMAIL])

    with pytest.raises(RunFolderError, match=r"did not come to an end|gone\.txt"):
        search.finish()


def test_nothing_is_found_without_files(search: LeakProcess) -> None:
    assert search.finish() == []


def test_nothing_to_look_for_needs_no_process(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(EMAIL, encoding="utf-8")

    with LeakProcess(tmp_path, few_bytes=0) as search:
        search.search(["a.txt"], secrets={}, personal=[])

        assert (search.finish(), search.process) == ([], None)


def test_many_bytes_of_small_files_are_worth_a_process(tmp_path: Path) -> None:
    with LeakProcess(tmp_path, few_bytes=50) as search:
        for name in ("a.txt", "b.txt", "c.txt"):
            (tmp_path / name).write_text(EMAIL, encoding="utf-8")
            assert search.process is None
            search.search([name], secrets={}, personal=[EMAIL])

        assert search.process is not None
        assert places(search) == [(name, 1, "personal value") for name in ("a.txt", "b.txt", "c.txt")]


def test_what_is_printed_is_searched_for_the_last_values(search: LeakProcess) -> None:
    search.search([], secrets=SECRETS, personal=[NAME])
    search.search([], secrets=SECRETS, personal=[NAME, EMAIL])
    search.search_printed({"stdout": f"one\n\x1b[31m{EMAIL[:5]}\x1b[0m{EMAIL[5:]}", "stderr": NAME}, ignored=[NAME])

    assert places(search) == [("stdout", 2, "personal value")]


@pytest.mark.skipif(sys.platform == "win32", reason="there os.kill ends a process")
def test_a_signal_to_all_processes_does_not_end_a_search_that_is_just_starting(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(EMAIL, encoding="utf-8")
    with LeakProcess(tmp_path, few_bytes=0) as search:
        search.search(["a.txt"], secrets=SECRETS, personal=[EMAIL])
        assert search.process is not None

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            search.process.send_signal(number)

        assert places(search) == [("a.txt", 1, "personal value")]
