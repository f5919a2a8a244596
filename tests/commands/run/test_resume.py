"""`contracts run --resume`: what was recorded stays, what was begun is cleaned up, nothing is written twice."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.evidence.ledger import Ledger
from contracts_runner.reporting.text import escape_markdown, render_time
from helpers.command import Finished, run_contracts
from helpers.forks import Forks
from helpers.kills import CountingService
from helpers.ledger_reader import check_chain, read_lines
from helpers.servers import serve_wsgi
from helpers.shop import write_project

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are POSIX only")

SCENARIOS = """
- id: "1.1"
  title: Add, look, remove
  steps:
    - {name: add, operation: addThing, body: {name: a}, capture: {added: $.id}}
    - {name: read, operation: getThing, parameters: {id: "${added}"}, expect: {body: {$.name: a}}}
  cleanup:
    - {name: drop, operation: removeThing, parameters: {id: "${added}"}}
- id: "1.2"
  title: Look
  steps: [{name: list, operation: listThings}]
"""
ADDED, READ, DROPPED, LISTED = "POST a", "GET /things/1", "DELETE 1", "GET /things"


@dataclass
class Shop:
    """A project, its service, and the means to kill a run of it."""

    folder: Path
    service: CountingService
    forks: Forks

    def kill_at(self, request: int, *, is_late: bool = False, command: str = "run --output out --jobs 1") -> None:
        """Run, and kill the run at its N-th request: before the answer has left, or (late) some time after."""
        self.service.kill_at, self.service.is_late = self.service.arrived.total() + request, is_late
        process = self.forks.start(*command.split(), cwd=self.folder)
        self.service.kill = lambda: os.kill(process, signal.SIGKILL)
        assert self.forks.wait() == -signal.SIGKILL
        self.service.kill_at = 0

    def resume(self, *options: str) -> Finished:
        """Resume the run in `out`."""
        process = self.forks.start("run", "--resume", "out", *options, cwd=self.folder)
        assert process
        code = self.forks.wait()
        return Finished(code, "", (self.folder / "output.txt").read_text(encoding="utf-8"), self.folder / "out")


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    with Forks() as started:
        yield started


@pytest.fixture
def shop(tmp_path: Path, forks: Forks) -> Iterator[Shop]:
    service = CountingService()
    with serve_wsgi(service) as base_url:
        yield Shop(write_project(tmp_path, SCENARIOS, base_url=base_url), service, forks)


def find_step(done: Finished, name: str) -> dict[str, Any]:
    return next(step for row in done.results["scenarios"] for step in row["steps"] if step["name"] == name)


def test_recorded_steps_stand_and_the_rest_goes_on_with_their_captures(shop: Shop) -> None:
    shop.kill_at(2)

    done = shop.resume()

    assert (done.code, done.outcomes) == (0, {"1.1": "passed", "1.2": "passed"}), done.stderr
    assert done.results["run"]["complete"] is True
    # The read was under way: it changes nothing, and is asked again.
    assert shop.service.arrived == {ADDED: 1, READ: 2, DROPPED: 1, LISTED: 1}
    assert done.results["totals"]["requests_sent"] == 5
    assert done.results["totals"]["writes_sent"] == 2
    assert check_chain(done.folder / "ledger.jsonl") == len(read_lines(done.folder))
    assert [line["under_way"] for line in read_lines(done.folder) if line["type"] == "run_resumed"] == [["1.1"]]


def test_a_write_without_a_recorded_answer_is_never_repeated(shop: Shop) -> None:
    shop.kill_at(1)

    done = shop.resume()

    add, drop = find_step(done, "add"), find_step(done, "drop")
    assert shop.service.arrived == {ADDED: 1, LISTED: 1}
    assert (done.code, done.outcomes) == (3, {"1.1": "errored", "1.2": "passed"})
    assert (add["outcome"], add["request"]["method"], add["attempts"]) == ("errored", "POST", 1)
    assert add["request"]["url"].endswith("/things")
    assert "a write is never sent again" in add["reason"]
    assert (drop["outcome"], find_step(done, "read")["outcome"]) == ("errored", "blocked")
    assert drop["reason"] == "not sent: the value of ${added} is lost: no answer to step 'add' was recorded"


def test_a_lost_capture_is_still_lost_when_the_resumed_run_is_killed_too(shop: Shop) -> None:
    change_contract(shop, ("cleanup:\n", "cleanup:\n      - {name: look, operation: listThings}\n"))
    shop.kill_at(1)
    shop.kill_at(1, command="run --resume out --jobs 1")

    done = shop.resume()

    assert shop.service.arrived == {ADDED: 1, LISTED: 3}
    assert "no answer to step 'add' was recorded" in find_step(done, "drop")["reason"]
    assert done.outcomes == {"1.1": "errored", "1.2": "passed"}


def test_a_cleanup_that_may_have_been_done_says_that_state_may_be_left(shop: Shop) -> None:
    shop.kill_at(3)

    done = shop.resume()

    assert shop.service.arrived == {ADDED: 1, READ: 1, DROPPED: 1, LISTED: 1}
    assert done.outcomes == {"1.1": "errored", "1.2": "passed"}
    assert done.results["scenarios"][0]["reason"].startswith("state was left behind, cleanup 'drop' failed: its req")


def test_cleanup_that_needs_a_redacted_value_is_honest_and_the_value_stays_unwritten(shop: Shop) -> None:
    change_contract(
        shop,
        (
            "body: {name: a}, capture: {added: $.id}",
            "body: {name: user@example.com}, capture: {who: $.name, added: $.id}",
        ),
        ('removeThing, parameters: {id: "${added}"}', 'listThings, parameters: {color: "${who}"}'),
    )
    shop.kill_at(2)

    done = shop.resume()

    assert "the value of ${who} is lost: redaction hides it" in find_step(done, "drop")["reason"]
    assert done.results["scenarios"][0]["outcome"] == "failed"  # the read expects another name
    assert b"user@example.com" not in (done.folder / "ledger.jsonl").read_bytes()


def change_contract(shop: Shop, *changes: tuple[str, str]) -> None:
    path = shop.folder / "contracts" / "things.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def read_whole_lines(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "ledger.jsonl").read_bytes().split(b"\n")[:-1]
    return [json.loads(line) for line in lines]


def test_a_step_that_fails_after_the_gap_says_that_there_was_one(shop: Shop) -> None:
    shop.kill_at(2)
    shop.service.things[1] = "changed meanwhile"

    done = shop.resume()

    assert done.outcomes["1.1"] == "failed"
    assert "the run was interrupted and resumed between this step" in done.results["scenarios"][0]["reason"]
    assert shop.service.things == {}


def test_reports_manifest_and_archive_are_those_of_a_complete_run(shop: Shop) -> None:
    shop.kill_at(2)

    done = shop.resume("--format", "md,json")

    from contracts_runner.audit.files import FolderFiles
    from contracts_runner.audit.manifest import check_manifest

    names = {path.name for path in done.folder.iterdir()}
    assert {"results.json", "report.md", "manifest.json"} <= names
    assert list(check_manifest(FolderFiles(done.folder))) == []
    assert (shop.folder / "out.zip").is_file()
    assert not list(done.folder.rglob("*.part"))


def test_reports_say_when_the_run_was_resumed(shop: Shop) -> None:
    shop.kill_at(2)
    done = shop.resume()
    [line] = [line for line in read_lines(done.folder) if line["type"] == "run_resumed"]
    said = f"yes; resumed at {render_time(line['at'])}"

    audited = run_contracts("audit", "out", cwd=shop.folder)

    assert done.results["run"]["resumed_at"] == [line["at"]]
    assert f"| Complete | {escape_markdown(said)} |" in (done.folder / "report.md").read_text("utf-8")
    assert f"<dt>Complete</dt><dd>{said}</dd>" in (done.folder / "report.html").read_text("utf-8")
    assert audited.code == 0, audited.stdout


def test_a_run_is_found_by_its_id_under_runs(shop: Shop) -> None:
    shop.kill_at(2, command="run --jobs 1")
    [folder] = (shop.folder / "runs").iterdir()
    run_id = read_whole_lines(folder)[0]["run"]["id"]

    done = run_contracts("run", "--resume", run_id, cwd=shop.folder)

    assert done.code == 0
    assert json.loads((folder / "results.json").read_text(encoding="utf-8"))["run"]["complete"] is True


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--writes", "block"], "started with other options (--writes)"),
        (["1.2"], "started with other options (the selection)"),
        (["--seed", "5", "--tag", "x"], "started with other options (--tag, --seed)"),
        (["--env", "there"], "started with other options (--env)"),
        (["--output", "more"], "--output cannot be used with --resume"),
    ],
)
def test_another_command_line_is_refused(shop: Shop, options: list[str], message: str) -> None:
    shop.kill_at(2)

    done = shop.resume(*options)

    assert (done.code, shop.service.arrived.total()) == (2, 2)
    assert message in done.stderr


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("contracts/things.yaml", "Look\n", "Look again\n", "contracts/things.yaml was changed since then"),
        ("spec.yaml", "title: Things", "title: Others", "spec.yaml was changed since then"),
    ],
)
def test_other_files_are_refused(shop: Shop, name: str, old: str, new: str, message: str) -> None:
    shop.kill_at(2)
    path = shop.folder / name
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    done = shop.resume()

    assert (done.code, shop.service.arrived.total()) == (2, 2)
    assert message in done.stderr


def test_other_values_of_the_process_environment_are_refused(shop: Shop) -> None:
    settings = shop.folder / "contracts.yaml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("thing: 1", "thing: $THING"), encoding="utf-8")
    (shop.folder / ".env").write_text("THING=1\n", encoding="utf-8")
    shop.kill_at(2)
    (shop.folder / ".env").write_text("THING=2\n", encoding="utf-8")

    done = shop.resume()

    assert done.code == 2
    assert "the variables of the environment have other values" in done.stderr


def test_a_complete_run_and_a_folder_without_one_are_refused(shop: Shop) -> None:
    shop.kill_at(2)
    shop.resume()
    before = (shop.folder / "out" / "ledger.jsonl").read_bytes()

    done = shop.resume()
    nothing = run_contracts("run", "--resume", "contracts", cwd=shop.folder)
    unknown = run_contracts("run", "--resume", "cafe", cwd=shop.folder)

    assert (done.code, nothing.code, unknown.code) == (2, 2, 2)
    assert "the run is complete; `contracts report out`" in done.stderr
    assert "contracts is not a run" in nothing.stderr
    assert "there is no run 'cafe'" in unknown.stderr
    assert (shop.folder / "out" / "ledger.jsonl").read_bytes() == before


def test_a_run_that_another_process_writes_is_refused(shop: Shop) -> None:
    shop.kill_at(2)
    with Ledger(shop.folder / "out" / "ledger.jsonl", lambda: datetime.now(UTC)):
        done = shop.resume()

    assert (done.code, shop.service.arrived.total()) == (2, 2)
    assert "is being written by another process" in done.stderr


def test_a_torn_last_line_is_cut_off(shop: Shop) -> None:
    shop.kill_at(2)
    path = shop.folder / "out" / "ledger.jsonl"
    path.write_bytes(path.read_bytes() + b'{"seq":9,"at":"2026-')

    done = shop.resume()

    assert done.code == 0
    assert check_chain(path) == len(read_lines(done.folder))


def test_an_edited_ledger_is_refused(shop: Shop) -> None:
    shop.kill_at(2)
    path = shop.folder / "out" / "ledger.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"scenario_started"', b'"scenario_begun"', 1))

    done = shop.resume()

    assert (done.code, shop.service.arrived.total()) == (2, 2)
    assert "cannot be continued: the chain breaks at seq" in done.stderr


NEEDED = """
- id: need
  title: What others need
  NEED
- id: user
  title: Who needs it
  needs: {made: need}
  steps: [{name: use, operation: listThings, parameters: {color: "${made.it}"}}]
"""
WRITES = """steps: [{name: add, operation: addThing, body: {name: NAME}, capture: {it: $.IT, id: $.id}}]
  cleanup: [{name: drop, operation: removeThing, parameters: {id: "${id}"}}]"""
READS = "steps: [{name: look, operation: getThing, parameters: {id: 7}, capture: {it: $.IT}}]"


@pytest.mark.parametrize(
    ("need", "it", "arrived", "outcomes"),
    [
        # What was captured is in the ledger.
        (WRITES, "id", {ADDED: 1, LISTED: 2, DROPPED: 1}, {"need": "passed", "user": "passed"}),
        # It is not, and is fetched again; or cannot be.
        (READS, "name", {"GET /things/7": 2, LISTED: 2}, {"need": "passed", "user": "passed"}),
        (WRITES, "name", {"POST user@example.com": 1, LISTED: 1, DROPPED: 1}, {"need": "passed", "user": "errored"}),
    ],
    ids=["kept", "again", "lost"],
)
def test_what_later_steps_need_of_another_scenario_is_there_again(
    shop: Shop, need: str, it: str, arrived: dict[str, int], outcomes: dict[str, str]
) -> None:
    name = "user@example.com" if it == "name" else "a"
    text = NEEDED.replace("NEED", need).replace("NAME", name).replace("IT", it)
    path = shop.folder / "contracts" / "things.yaml"
    head, mark, _ = path.read_text(encoding="utf-8").partition("scenarios:\n")
    path.write_text(head + mark + text, encoding="utf-8")
    shop.service.things[7] = "user@example.com"
    shop.kill_at(2)

    done = shop.resume()

    assert done.outcomes == outcomes, done.stderr
    assert shop.service.arrived == arrived
    again = [line.get("again") for line in read_lines(done.folder) if line["type"] == "run_resumed"]
    assert again == [["need"] if need is READS else None]


def test_a_resumed_run_goes_on_with_its_pack(shop: Shop) -> None:
    shop.kill_at(2, command="run --output out --jobs 1 --artifacts packed")

    done = shop.resume()

    assert done.outcomes == {"1.1": "passed", "1.2": "passed"}
    assert run_contracts("audit", "out", cwd=shop.folder).code == 0
    assert not (done.folder / "artifacts").exists()
