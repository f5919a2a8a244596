"""A finding whose ground is missing is not reported as gone, and a run folder that somebody sent gives no orders."""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.errors import ContractsError
from contracts_runner.project.project import load_project
from contracts_runner.run.replay import replay_recorded
from helpers.ledger_builder import LedgerBuilder, fold
from helpers.servers import Handler, answer, serve_raw
from helpers.shop import READ, write_project

JSON = ("Content-Type", "application/json")
OLD = "http://old.example.com"
BY_ID = [{"placement": "path", "name": "id", "source": "id"}]


@dataclass(frozen=True)
class Sent:
    """One request of the run, with its answer."""

    operation: str
    method: str
    path: str
    status: int
    answer: Any = None
    taken: list[dict[str, str]] | None = field(default_factory=list)
    body: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


def write_run(folder: Path, *steps: Sent, check: str = "not_a_server_error") -> Path:
    """Write what a replay reads of a run with one finding, P."""
    folder.mkdir()
    artifacts = [f"artifacts/{number}.json" for number, _ in enumerate(steps)]
    for name, step in zip(artifacts, steps, strict=True):
        (folder / name).parent.mkdir(exist_ok=True)
        received = {"status": step.status, "headers": [JSON], "body": step.answer and json.dumps(step.answer)}
        request = {"method": step.method, "url": OLD + step.path, "headers": step.headers, "body": step.body}
        (folder / name).write_text(json.dumps({"request": request, "response": received}), encoding="utf-8")
    rows = [
        {"operation": step.operation, "method": step.method, "url": step.path}
        | ({} if step.taken is None else {"taken": step.taken})
        for step in steps
    ]
    failure = {"message": "it broke", "steps": rows, "artifacts": artifacts}
    row = {"id": "P", "operation": steps[-1].operation, "check": check, "outcome": "failed", "failure": failure}
    builder = LedgerBuilder([], base_url=OLD, environment="here").finish()
    results = {**fold(builder), "properties": [row]}
    (folder / "results.json").write_text(json.dumps(results), encoding="utf-8")
    (folder / "ledger.jsonl").touch()
    return folder


@dataclass
class Replayed:
    """What a replay came to; `lines` are the request lines that arrived."""

    code: int
    text: str
    requests: list[bytes]

    @property
    def lines(self) -> list[str]:
        return [request.split(b" HTTP/1.1")[0].decode() for request in self.requests]


@pytest.fixture
def replay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Replayed]:
    def replay_run(run: Path, *answers: bytes, writes: str = "allow") -> Replayed:
        coming = iter(answers)
        handle: Handler = lambda connection, _: connection.sendall(next(coming, b"")) or connection.close()  # type: ignore[func-returns-value]  # noqa: E731
        with serve_raw(handle) as server:
            project = load_project(write_project(tmp_path / "project", READ, base_url=server.base_url, writes=writes))
            try:
                code = replay_recorded(project, str(run), "P", environment=None, confirmed=None)
            except ContractsError as error:
                return Replayed(error.exit_code, str(error), server.requests)
        return Replayed(code, capsys.readouterr().out, server.requests)

    return replay_run


def reply(status: int, body: Any = None) -> bytes:
    return answer(f"{status} X", b"" if status == 204 else json.dumps(body).encode(), "Connection: close")


MADE = Sent("addThing", "POST", "/things", 201, {"id": 7, "name": "7"}, body='{"name": "7"}', headers=(JSON,))
BROKE = Sent("getThing", "GET", "/things/7", 500, taken=BY_ID)
THING = {"id": 8, "name": "7"}
GONE = "not_a_server_error does not fail again"
UNKNOWN = "whether not_a_server_error fails again is not known: "
NO_SUCCESS = UNKNOWN + "POST addThing was answered with a success in the run, and now with an error"
ANSWERED = UNKNOWN + "POST addThing was answered with "
UNASKED = UNKNOWN + "GET getThing was answered with 500 in the run, and now with "
NO_ID = UNKNOWN + "POST addThing gives no value any more, or no single one, in answer id"


@pytest.mark.parametrize(
    ("made", "then", "code", "last"),
    [
        (reply(201, THING), reply(500), 1, "not_a_server_error fails again: it broke"),
        (reply(201, THING), reply(200, THING), 0, GONE),
        (reply(201, THING), reply(422, {"code": "X"}), 0, GONE),
        # What the run had made was not made now, whatever the service calls that.
        *(
            (reply(status, THING), None, 3, f"{ANSWERED}201 in the run, and now with {status}")
            for status in (200, 202, 400, 401, 404, 409, 422, 429, 500)
        ),
        (
            reply(201, {"status": "error", "code": "X"}),
            None,
            3,
            NO_SUCCESS,
        ),
        (reply(201, {"status": "error", **THING}), None, 3, NO_SUCCESS),
        (reply(201, {"name": "7"}), None, 3, NO_ID),
        (reply(201, {"id": None}), None, 3, NO_ID),
        (reply(201, {"data": THING}), None, 3, NO_ID),
        (reply(201, "made"), None, 3, NO_SUCCESS),
        (b"HTTP/1.1 201 X\r\nContent-Length: 9\r\n\r\n", None, 3, UNKNOWN + "POST addThing had no answer"),
        # The thing is there, but nobody looked at it.
        *(
            (
                reply(201, THING),
                reply(status),
                3,
                f"{UNASKED}{status}",
            )
            for status in (401, 403, 404, 410, 429)
        ),
    ],
)
def test_a_finding_needs_what_its_earlier_requests_had_made(
    replay: Callable[..., Replayed], tmp_path: Path, made: bytes, then: bytes | None, code: int, last: str
) -> None:
    done = replay(write_run(tmp_path / "run", MADE, BROKE), made, *([then] if then else []))

    assert (done.code, done.text.splitlines()[-1]) == (code, last)
    assert done.lines == ["POST /things", *(["GET /things/8"] if then else [])]
    assert done.requests[0].endswith(b'\r\n\r\n{"name": "7"}')


@pytest.mark.parametrize(
    ("removed", "then", "code"),
    [(reply(204), reply(200, THING), 1), (reply(204), reply(404), 0), (reply(403), None, 3), (reply(200), None, 3)],
)
def test_an_id_is_carried_through_all_requests(
    replay: Callable[..., Replayed], tmp_path: Path, removed: bytes, then: bytes | None, code: int
) -> None:
    remove, used = Sent("removeThing", "DELETE", "/things/7", 204, taken=BY_ID), dataclasses.replace(BROKE, status=200)
    run = write_run(tmp_path / "run", MADE, remove, used, check="use_after_free")

    done = replay(run, reply(201, THING), removed, *([then] if then else []))

    assert done.code == code, done.text
    assert done.lines == ["POST /things", "DELETE /things/8", *(["GET /things/8"] if then else [])]


def test_what_writes_is_kept_back_and_nothing_after_it_is_sent(replay: Callable[..., Replayed], tmp_path: Path) -> None:
    done = replay(write_run(tmp_path / "run", MADE, BROKE), writes="block")

    assert (done.code, done.lines) == (3, [])
    assert "addThing writes and the environment has `writes: block`" in done.text


def test_a_run_that_does_not_say_what_was_taken_is_known_only_if_nothing_changed(
    replay: Callable[..., Replayed], tmp_path: Path
) -> None:
    run = write_run(tmp_path / "run", MADE, dataclasses.replace(BROKE, taken=None))

    changed, same = replay(run, reply(201, THING)), replay(run, reply(201, {"id": 7, "name": "7"}), reply(500))

    assert (changed.code, changed.lines) == (3, ["POST /things"])
    assert (same.code, same.lines) == (1, ["POST /things", "GET /things/7"])


@pytest.mark.parametrize(
    ("answer_", "code"),
    [
        (reply(500), 1),
        (reply(503), 1),
        (reply(200, THING), 0),
        *((reply(status, {}), 3) for status in (400, 404, 422)),
        (reply(200, {"status": "error", "code": "UNKNOWN"}), 3),
    ],
)
def test_an_id_of_unknown_origin_may_be_gone(
    replay: Callable[..., Replayed], tmp_path: Path, answer_: bytes, code: int
) -> None:
    done = replay(write_run(tmp_path / "run", dataclasses.replace(BROKE, taken=None)), answer_)

    assert (done.code, done.lines) == (code, ["GET /things/7"]), done.text


OTHER_KEY = (("Authorization", "Bearer other"), ("X-Key", "other"), ("Cookie", "a=b"))
READING = Sent("getThing", "GET", "/things/7", 500)
# (step, exit code, words, request lines): all under `writes: block`
FOREIGN = [
    (READING, 1, "fails again", ["GET /things/7"]),
    (dataclasses.replace(READING, headers=OTHER_KEY), 1, "fails again", ["GET /things/7"]),
    (dataclasses.replace(READING, method="DELETE"), 3, "getThing, sent as removeThing, writes", []),
    (dataclasses.replace(READING, method="GET /things HTTP/1.1\r\nX:"), 3, "no word of HTTP", []),
    (dataclasses.replace(READING, operation="removeThing", method="DELETE"), 3, "removeThing writes", []),
    (dataclasses.replace(READING, operation="noThing"), 2, "no spec of the project has the operations", []),
    (dataclasses.replace(READING, path=".evil.example/things/7"), 2, "did not go to the run's base URL", []),
    (dataclasses.replace(READING, path="@evil.example/things/7"), 2, "did not go to the run's base URL", []),
    (dataclasses.replace(READING, path="//evil.example/things/7"), 1, "fails again", ["GET //evil.example/things/7"]),
    (dataclasses.replace(READING, headers=(("X-HTTP-Method-Override", "PURGE"),)), 3, "sent as PURGE, writes", []),
    (dataclasses.replace(READING, headers=(("Transfer-Encoding", "chunked"),)), 3, "where the request ends", []),
    (dataclasses.replace(READING, headers=(("Host", "evil.example"),)), 1, "fails again", ["GET /things/7"]),
    (dataclasses.replace(READING, taken=[{"placement": "method", "name": "DELETE"}]), 2, "cannot be read", []),
    (dataclasses.replace(READING, method=None), 2, "cannot be read", []),
    (dataclasses.replace(READING, status="500"), 2, "cannot be read", []),
    (dataclasses.replace(READING, headers=[["X", 1]]), 2, "cannot be read", []),
    (dataclasses.replace(READING, path="/things/7?a=" + "%25" * 100_000, body="[" * 100_000), 1, "fails again", [...]),
    (dataclasses.replace(READING, taken=BY_ID), 3, "none of its earlier requests gives", []),
]


@pytest.mark.parametrize(("step", "code", "words", "lines"), FOREIGN)
def test_a_run_folder_is_data(
    replay: Callable[..., Replayed], tmp_path: Path, step: Sent, code: int, words: str, lines: list[str]
) -> None:
    done = replay(write_run(tmp_path / "run", step), reply(500), writes="block")

    assert done.code == code, done.text
    assert done.lines == lines or (lines == [...] and len(done.lines) == 1)
    assert words in done.text
    for request in done.requests:
        assert request.count(b"\r\nX-Key: very-secret-key-1\r\n") == 1
        assert b"other" not in request
        assert b"\r\nHost: 127.0.0.1:" in request


def test_a_finding_without_requests_is_told(replay: Callable[..., Replayed], tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", READING)
    results = json.loads((run / "results.json").read_text(encoding="utf-8"))
    results["properties"][0]["failure"].update(steps=[], artifacts=[])
    (run / "results.json").write_text(json.dumps(results), encoding="utf-8")

    done = replay(run)

    assert (done.code, "the failure has no requests" in done.text) == (2, True), done.text


def test_an_artifact_outside_of_the_run_is_not_read(replay: Callable[..., Replayed], tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", READING)
    (run / "artifacts" / "0.json").rename(tmp_path / "outside.json")
    text = (run / "results.json").read_text(encoding="utf-8")
    (run / "results.json").write_text(text.replace("artifacts/0.json", "../outside.json"), encoding="utf-8")

    done = replay(run, reply(500))

    assert (done.code, done.lines) == (2, []), done.text
