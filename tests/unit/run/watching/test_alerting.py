"""Each receiver is told each change once, whatever becomes of the watch, of receivers and of runs."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.project.settings.settings import Settings, load_settings
from contracts_runner.reporting.alert import Alert
from contracts_runner.results.lines import parse_results
from contracts_runner.run.options import RUNS
from contracts_runner.run.watching.alerting import Alerting
from contracts_runner.run.watching.told import Told
from helpers.rendering import TEMPLATES
from helpers.watched_runs import write_watched_run

OPTIONS = {"selectors": [], "tags": [], "excluded_tags": [], "phases": ["scenarios"], "property_phases": []}


@dataclass
class Receiver:
    """Takes alerts, and keeps what was new and what was gone; one that is down takes none."""

    is_down: bool = False
    got: list[tuple[str, str]] = field(default_factory=list)

    def __call__(self, alert: Alert) -> str:
        if self.is_down:
            return "down, says secret-1"
        if "new" not in alert.document:
            self.got.append((alert.title, ""))
            return ""
        new, gone = ("".join(sorted(str(cause["key"]) for cause in alert.document[name])) for name in ("new", "gone"))
        self.got.append((new, gone))
        return ""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (tmp_path / "contracts.yaml").write_text("version: 1\nspecs: {}\nenvironments: {prod: {}}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    loaded, _ = load_settings(tmp_path)
    assert loaded is not None
    return loaded


def build(settings: Settings, *receivers: Receiver) -> Alerting:
    """Return what a watch that is begun has."""
    return Alerting(
        settings=settings,
        environment="prod",
        templates=[TEMPLATES],
        channels={f"webhook {number}": receiver for number, receiver in enumerate(receivers, 1)},
        redact=lambda text: text.replace("secret-1", "***"),
        count=lambda _name, _has_arrived: None,
        told=Told("prod"),
    )


def write_run(day: int, causes: Iterable[str], *, options: Any = None, **run: Any) -> Path:
    rows = [
        {
            "key": key,
            "phase": "scenarios",
            "outcome": "failed",
            "title": key,
            "count": 1,
            "ids": [],
            "example": {"id": "1"},
        }
        for key in causes
    ]
    head = {"options": {**OPTIONS, **(options or {})}, **run}
    return write_watched_run(day, broken=len(rows), results={"causes": rows}, **head)


def tell(alerting: Alerting, folder: Path) -> list[str]:
    return alerting.tell(folder, parse_results((folder / "results.json").read_bytes()))


def test_a_change_is_told_and_what_stays_is_not(settings: Settings) -> None:
    receiver = Receiver()
    alerting = build(settings, receiver)
    alerting.begin()

    for day, causes in enumerate(["", "a", "a", "ab", "b", "b", "", ""], 1):
        assert tell(alerting, write_run(day, causes)) == []

    assert receiver.got == [("a", ""), ("b", ""), ("", "a"), ("", "b")]


def test_a_restart_repeats_nothing_and_loses_nothing(settings: Settings) -> None:
    receiver = Receiver()
    for day, causes in enumerate(["a", "a", "ab", "b"], 1):
        alerting = build(settings, receiver)
        assert alerting.begin() == []
        tell(alerting, write_run(day, causes))

    assert receiver.got == [("a", ""), ("b", ""), ("", "a")]


def test_a_watch_that_was_killed_before_it_told_makes_up_for_it(settings: Settings) -> None:
    receiver = Receiver()
    build(settings, receiver).begin()
    write_run(1, "a")  # and then it was killed

    build(settings, receiver).begin()
    build(settings, receiver).begin()

    assert receiver.got == [("a", "")]


def test_a_receiver_that_is_down_is_told_later_and_the_other_at_once(settings: Settings) -> None:
    down, other = Receiver(is_down=True), Receiver()
    alerting = build(settings, down, other)
    alerting.begin()

    assert tell(alerting, write_run(1, "a")) == ["webhook 1 was not told: down, says ***"]
    assert tell(alerting, write_run(2, "ab")) == ["webhook 1 was not told: down, says ***"]
    down.is_down = False
    assert tell(alerting, write_run(3, "b")) == []
    assert tell(alerting, write_run(4, "b")) == []

    assert (down.got, other.got) == ([("b", "")], [("a", ""), ("b", ""), ("", "a")])


def test_a_first_watch_goes_on_from_the_last_run_that_is_there(settings: Settings) -> None:
    receiver = Receiver()
    write_run(1, "a", command="contracts run")
    alerting = build(settings, receiver)
    alerting.begin()

    tell(alerting, write_run(2, "ab"))

    assert receiver.got == [("b", "")]


def test_a_new_receiver_is_told_from_now_on(settings: Settings) -> None:
    first, second = Receiver(), Receiver()
    alerting = build(settings, first)
    alerting.begin()
    tell(alerting, write_run(1, "a"))

    alerting = build(settings, first, second)
    alerting.begin()
    tell(alerting, write_run(2, "ab"))

    assert (first.got, second.got) == ([("a", ""), ("b", "")], [("b", "")])


def test_a_run_of_a_person_between_two_of_the_watch_hides_no_change(settings: Settings) -> None:
    receiver = Receiver()
    alerting = build(settings, receiver)
    alerting.begin()
    tell(alerting, write_run(1, "a"))

    write_run(2, "b", command="contracts run")
    tell(alerting, write_run(3, "b"))

    assert receiver.got == [("a", ""), ("b", "a")]


def test_a_run_that_was_interrupted_tells_nothing(settings: Settings) -> None:
    receiver = Receiver()
    alerting = build(settings, receiver)
    alerting.begin()
    tell(alerting, write_run(1, "a"))

    tell(alerting, write_run(2, "", complete=False))
    tell(alerting, write_run(3, "a"))

    assert receiver.got == [("a", "")]


def test_runs_that_look_at_other_things_are_not_compared(settings: Settings) -> None:
    receiver = Receiver()
    alerting = build(settings, receiver)
    alerting.begin()
    tell(alerting, write_run(1, "a"))

    tell(alerting, write_run(2, "b", options={"tags": ["orders"]}))

    assert receiver.got == [("a", ""), ("b", "")]


def test_if_the_noted_run_is_gone_the_last_one_before_counts(settings: Settings) -> None:
    receiver = Receiver()
    alerting = build(settings, receiver)
    alerting.begin()
    tell(alerting, write_run(1, "a"))
    folder = write_run(2, "ab")
    tell(alerting, folder)
    shutil.rmtree(folder)
    Path(f"{folder}.zip").unlink()

    tell(alerting, write_run(3, "ab"))

    assert receiver.got == [("a", ""), ("b", ""), ("b", "")]  # told twice rather than not at all


def test_the_archive_of_a_run_is_as_good_as_its_folder(settings: Settings) -> None:
    receiver = Receiver()
    alerting = build(settings, receiver)
    alerting.begin()
    folder = write_run(1, "a")
    tell(alerting, folder)
    shutil.rmtree(folder)

    tell(alerting, write_run(2, "a"))

    assert receiver.got == [("a", "")]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"told": 1}', b"\xff", b"[" * 5000])
def test_a_note_that_cannot_be_read_is_begun_anew(settings: Settings, content: bytes) -> None:
    receiver = Receiver()
    write_run(1, "a")
    (RUNS / "watch-prod.json").write_bytes(content)
    alerting = build(settings, receiver)
    alerting.begin()

    tell(alerting, write_run(2, "ab"))

    assert receiver.got == [("b", "")]


def test_the_runs_that_count_are_known_so_that_they_stay(settings: Settings) -> None:
    down, other = Receiver(is_down=True), Receiver()
    alerting = build(settings, down, other)
    alerting.begin()
    tell(alerting, write_run(1, ""))

    tell(alerting, write_run(2, "a"))

    assert alerting.list_noted() == {"00000001", "00000002"}


def test_that_no_run_can_be_made_is_told_once_and_so_is_that_they_are_made_again(settings: Settings) -> None:
    receiver = Receiver()
    build(settings, receiver).begin()
    tell(build(settings, receiver), write_run(1, "a"))

    for _ in range(3):
        assert build(settings, receiver).tell_unmade(2) == []
    for day in (2, 3):
        tell(build(settings, receiver), write_run(day, "a"))
    build(settings, receiver).tell_unmade(2)

    unmade = ("prod: no run could be made", "")
    assert receiver.got == [("a", ""), unmade, ("", ""), unmade]


def test_a_receiver_that_is_down_is_told_later_that_no_run_can_be_made(settings: Settings) -> None:
    receiver = Receiver(is_down=True)
    alerting = build(settings, receiver)

    assert alerting.tell_unmade(2) == ["webhook 1 was not told: down, says ***"]
    receiver.is_down = False
    assert alerting.tell_unmade(2) == []

    assert receiver.got == [("prod: no run could be made", "")]
