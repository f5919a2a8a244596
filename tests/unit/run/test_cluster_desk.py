"""What the process with the ledger answers the workers of a cluster: who was given up sends nothing more."""

from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from contracts_runner.engine.threads import Stop
from contracts_runner.evidence.artifacts import WrittenArtifact
from contracts_runner.model.outcome import Outcome
from contracts_runner.model.phase import Phase
from contracts_runner.results.events import Event, RequestSent, ScenarioFinished, ScenarioStarted, StepFinished
from contracts_runner.results.rows import LeakRow, StepRow
from contracts_runner.run.channel import Refusal
from contracts_runner.run.cluster_desk import ClusterDesk
from contracts_runner.run.cluster_properties import _Phase
from contracts_runner.run.options import build_options
from helpers.contracts import make_scenario, make_step
from helpers.specs import load_document, make_document

SENT = RequestSent(phase=Phase.SCENARIOS, scenario="s", step="a", operation="o", method="GET", url="/", is_write=False)
STEP = StepFinished(scenario="s", number=1, step=StepRow(number=1, name="a", outcome=Outcome.PASSED))
ENDED = ScenarioFinished(scenario="s", outcome=Outcome.PASSED, duration_ms=1.0)
LEAK = LeakRow(file="ledger.jsonl", line=1, kind="secret", name="key")


class Desk:
    """A desk with one task: a scenario of two steps."""

    def __init__(self, root: Path, *, is_writing: bool) -> None:
        operation = {"operationId": "o", "responses": {"200": {"description": "ok"}}}
        spec = load_document(root, make_document(paths={"/o": {"post" if is_writing else "get": operation}}))
        self.events: list[Event] = []
        self.folder = root / "run"
        self.folder.mkdir()
        self.session: Any = SimpleNamespace(
            plan=SimpleNamespace(
                project=SimpleNamespace(specs={"api": spec}, root=root, files={}),
                options=build_options({}),
                environment=SimpleNamespace(name="here"),
                is_quarantined=lambda _: False,
            ),
            environment=SimpleNamespace(jobs=1),
            base_url="http://127.0.0.1:9",
            run_id="r",
            folder=self.folder,
            leaks=[],
            stop=Stop(),
            listeners=SimpleNamespace(emit=self.events.append),
            redactor=SimpleNamespace(text=str),
            write_artifact=self.write,
        )
        scenario = make_scenario("s", make_step("o", name="a"), make_step("o", name="b"))
        self.desk = ClusterDesk(self.session, None, [[scenario]])
        self.group = self.desk._groups[0]

    def write(self, *_: object, group: str) -> WrittenArtifact:
        (self.folder / f"{group}artifact").touch()
        return WrittenArtifact(f"{group}artifact", "")

    def ask(self, attempt: str, kind: str, *values: object) -> object:
        return self.desk._decide(0, attempt, kind, values)


@pytest.fixture
def reading(tmp_path: Path) -> Desk:
    return Desk(tmp_path, is_writing=False)


@pytest.fixture
def writing(tmp_path: Path) -> Desk:
    return Desk(tmp_path, is_writing=True)


def begin(desk: Desk, attempt: str) -> object:
    return desk.ask(attempt, "begin", f"tcp://{attempt}")


def test_what_only_reads_begins_again_and_the_first_worker_is_refused(reading: Desk) -> None:
    assert begin(reading, "one") is None
    for event in (ScenarioStarted(scenario="s"), SENT, STEP):
        assert reading.ask("one", "emit", event) == ""
    reading.ask("one", "artifact", ("s", 1, "a", {}), "")

    assert begin(reading, "two") is None
    assert isinstance(reading.ask("one", "emit", SENT), Refusal)
    assert reading.ask("two", "emit", ScenarioStarted(scenario="s")) == ""
    assert [*reading.folder.iterdir()] == []
    assert [each.worker for each in reading.events if isinstance(each, ScenarioStarted)] == ["tcp://one", "tcp://two"]


def test_what_writes_and_has_sent_something_is_errored_where_it_was(writing: Desk) -> None:
    begin(writing, "one")
    for event in (ScenarioStarted(scenario="s"), SENT, STEP):
        writing.ask("one", "emit", event)

    assert isinstance(begin(writing, "two"), Refusal)
    assert isinstance(writing.ask("one", "emit", SENT), Refusal)
    lost, ended = writing.events[-2:]
    assert isinstance(lost, StepFinished)
    assert (lost.number, lost.step.name, lost.step.outcome, lost.step.attempts) == (2, "b", Outcome.ERRORED, 0)
    assert isinstance(ended, ScenarioFinished)
    assert ended.outcome is Outcome.ERRORED
    assert "worker tcp://one was lost amid it: it writes" in ended.reason


def test_what_writes_and_had_sent_nothing_begins_again(writing: Desk) -> None:
    begin(writing, "one")
    writing.ask("one", "emit", ScenarioStarted(scenario="s"))

    assert begin(writing, "two") is None


def test_what_was_found_after_the_last_scenario_counts(reading: Desk) -> None:
    begin(reading, "one")
    for event in (ScenarioStarted(scenario="s"), SENT, STEP, ENDED):
        reading.ask("one", "emit", event)

    assert reading.ask("one", "leaks", [LEAK]) is None
    assert reading.ask("one", "ended", "") is None
    assert reading.session.leaks == [LEAK]
    assert reading.events[-1] == ENDED


def test_a_worker_that_cannot_run_it_says_why(reading: Desk) -> None:
    begin(reading, "one")

    reading.ask("one", "ended", "contracts.yaml:3: $KEY is not set")

    started, ended = reading.events
    assert isinstance(started, ScenarioStarted)
    assert isinstance(ended, ScenarioFinished)
    assert ended.reason == "worker tcp://one could not run it: contracts.yaml:3: $KEY is not set"


class Cancelling:
    """An executor that has forgotten a task so many times, and then does it."""

    def __init__(self, desk: Desk, times: int) -> None:
        self.desk, self.times = desk, times

    def submit(self, *_: object) -> Future[None]:
        future = Future[None]()
        self.times -= 1
        if self.times >= 0:
            future.cancel()
            future.set_running_or_notify_cancel()
            return future
        begin(self.desk, "one")
        for event in (ScenarioStarted(scenario="s"), SENT, STEP, ENDED):
            self.desk.ask("one", "emit", event)
        future.set_result(None)
        return future


def test_a_scheduler_may_be_restarted_any_number_of_times(reading: Desk) -> None:
    reading.desk._work(Cancelling(reading, 10), 0)  # type: ignore[arg-type]  # all that is asked of it

    assert reading.events[-1] == ENDED


def test_no_credential_goes_to_a_worker() -> None:
    session: Any = SimpleNamespace(testers=set())
    asked: Any = SimpleNamespace(answer=lambda *_: "the text of a credential")
    phase = _Phase(session, asked)
    phase.decide(0, "one", "begin", ("tcp://one",))

    assert isinstance(phase.decide(0, "one", "capture", ("session", None, False)), Refusal)
    assert session.testers == {"tcp://one"}


def test_an_interrupt_reaches_the_worker_with_its_next_question(reading: Desk) -> None:
    begin(reading, "one")
    reading.session.stop.set("not started: the run was interrupted", is_interrupt=True)

    assert reading.ask("one", "emit", ScenarioStarted(scenario="s")) == "not started: the run was interrupted"
