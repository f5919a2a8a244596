"""Kills runs at random moments, resumes them, and checks what must hold then.

See docs/design.md, Files of a run.

By hand, with a count and a seed: `python -m helpers.kills 1000 7`, from the folder `tests`.
"""

import json
import os
import random
import re
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contracts_runner.audit.files import FolderFiles
from contracts_runner.audit.manifest import check_manifest
from helpers.forks import Forks
from helpers.ledger_reader import check_chain
from helpers.proxies import open_route
from helpers.servers import serve_wsgi
from helpers.shop import write_project

SCENARIO = """
- id: "{id}"
  title: Add, look, remove
  steps:
    - {{name: look, operation: listThings}}
    - {{name: add, operation: addThing, body: {{name: "{id} add"}}, capture: {{added: $.id}}}}
    - {{name: read, operation: getThing, parameters: {{id: "${{added}}"}}}}
    - {{name: more, operation: addThing, body: {{name: "{id} more"}}, capture: {{more: $.id}}}}
  cleanup:
    - {{name: drop more, operation: removeThing, parameters: {{id: "${{more}}"}}}}
    - {{name: drop, operation: removeThing, parameters: {{id: "${{added}}"}}}}
"""
IDS = ("1.1", "1.2", "1.3", "1.4")
COMPLETE = '"is_interrupted":false}'


@dataclass
class CountingService:
    """Keeps things, counts what arrives, and kills a process at the N-th request, before or after its answer."""

    things: dict[int, str] = field(default_factory=dict)
    arrived: Counter[str] = field(default_factory=Counter)
    kill: Callable[[], None] = lambda: None
    kill_at: int = 0
    is_late: bool = False
    _last_id: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length)
        if len(body) < length:
            # The process was killed while it was sending: a service does nothing for half a request.
            start_response("400 Bad Request", [])
            return
        with self._lock:
            status, answer = self._serve(environ["REQUEST_METHOD"], environ["PATH_INFO"], body)
            is_last = self.arrived.total() == self.kill_at
        start_response(status, [("Content-Type", "application/json")])
        if is_last and not self.is_late:
            self.kill()
        # After a 204 even four bytes would be the beginning of the next answer.
        yield b"" if answer is None else json.dumps(answer).encode()
        if is_last and self.is_late:
            self.kill()

    def _serve(self, method: str, path: str, body: bytes) -> tuple[str, Any]:
        try:
            return self._serve_sense(method, path, body)
        except (ValueError, KeyError, TypeError):
            self.arrived["GET nonsense"] += 1
            return "400 Bad Request", {"code": "NONSENSE"}

    def _serve_sense(self, method: str, path: str, body: bytes) -> tuple[str, Any]:
        number = int(path.rpartition("/")[2]) if path.count("/") > 1 else 0
        match method:
            case "POST":
                name = json.loads(body)["name"]
                self.arrived[f"POST {name}"] += 1
                self._last_id += 1
                self.things[self._last_id] = name
                return "201 Created", {"id": self._last_id, "name": name}
            case "DELETE":
                self.arrived[f"DELETE {number}"] += 1
                return ("204 No Content", None) if self.things.pop(number, None) else ("404 Not Found", {"code": "NO"})
        self.arrived[f"GET {path}"] += 1
        if not number:
            return "200 OK", {"data": []}
        return "200 OK", {"id": number, "name": self.things.get(number, "")}


@dataclass
class Tally:
    """What happened in all rounds."""

    rounds: int = 0
    kills: int = 0
    resumes: int = 0
    doubtful: int = 0  # writes whose answer was lost
    before_the_first_line: int = 0
    after_the_last_line: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)


def kill_and_resume(folder: Path, forks: Forks, chance: random.Random, tally: Tally, *, route: str = "direct") -> None:
    """One round: a run is killed, resumed, perhaps killed again, until it is complete; raises AssertionError.

    `route`: how the service is reached, "direct" or through a proxy ("forward", "tunnel").
    """
    service = CountingService()
    with serve_wsgi(service) as address, open_route(route, address, folder) as (base_url, keys, _):
        settings = "".join(f"{key}: {value}\n" for key, value in keys.items())
        scenarios = "".join(SCENARIO.format(id=name) for name in IDS)
        write_project(folder, scenarios, base_url=base_url, more_settings=settings)
        arguments, before = ["run", "--output", "out", "--jobs", "2", "--env", "here", "--format", "md,junit"], b""
        for attempt in range(10):
            is_killed = _run(folder, forks, service, arguments, chance, is_hunted=attempt == 0 or chance.random() < 0.3)
            tally.kills += is_killed
            before = _check_ledger(folder / "out" / "ledger.jsonl", before)
            if not before:
                # Killed before anything was recorded: nothing can have been sent, and the run begins anew.
                assert is_killed
                assert not service.arrived
                tally.before_the_first_line += 1
                continue
            if before.rstrip().endswith(COMPLETE.encode()):
                if is_killed:
                    # Killed while the reports were written.
                    tally.after_the_last_line += 1
                    forks.start("report", "out", cwd=folder)
                    assert forks.wait() in (0, 3), (folder / "output.txt").read_text()
                break
            assert is_killed, (folder / "output.txt").read_text()
            arguments = ["run", "--resume", "out"]
            tally.resumes += 1
        _check_end(folder / "out", service, tally)
    tally.rounds += 1


def _run(
    folder: Path,
    forks: Forks,
    service: CountingService,
    arguments: list[str],
    chance: random.Random,
    *,
    is_hunted: bool,
) -> bool:
    """Run the command, and kill it at a random moment if it is hunted; returns whether it was killed."""
    way = chance.choice(["request", "request", "time"]) if is_hunted else ""
    service.kill_at = service.arrived.total() + chance.randint(1, 24) if way == "request" else 0
    service.is_late = chance.random() < 0.5
    process = forks.start(*arguments, cwd=folder)
    service.kill = lambda: os.kill(process, signal.SIGKILL)
    timer = threading.Timer(chance.uniform(0, 1.2), _kill, (process,)) if way == "time" else None
    if timer:
        timer.start()
    code = forks.wait()
    if timer:
        timer.cancel()
        timer.join()
    service.kill_at = 0
    assert code in (0, 3, -signal.SIGKILL), (code, (folder / "output.txt").read_text())
    return code == -signal.SIGKILL


def _kill(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return


def _check_ledger(path: Path, before: bytes) -> bytes:
    """Check that the ledger is valid to its last whole line and begins with what was there; return its whole lines."""
    if not path.exists():
        return b""
    check_chain(path)
    whole = path.read_bytes().rpartition(b"\n")
    now = whole[0] + whole[1]
    assert now.startswith(before)
    sent_before = {(line["scenario"], line["step"]["name"]) for line in _read(before, "step_finished")}
    for line in _read(now[len(before) :], "request_sent"):
        assert (line["scenario"], line["step"]) not in sent_before, f"sent again: {line}"
    return now


def _read(lines: bytes, kind: str) -> list[dict[str, Any]]:
    return [line for line in map(json.loads, lines.splitlines()) if line["type"] == kind]


def _check_end(out: Path, service: CountingService, tally: Tally) -> None:
    results = json.loads((out / "results.json").read_text(encoding="utf-8"))
    lines = (out / "ledger.jsonl").read_bytes()
    assert results["run"]["complete"] is True
    assert results["not_started"] == results["discrepancies"] == []
    assert [row["id"] for row in results["scenarios"]] == list(IDS)
    assert list(check_manifest(FolderFiles(out))) == []
    assert out.with_name("out.zip").is_file()
    double = {call: count for call, count in service.arrived.items() if count > 1 and not call.startswith("GET")}
    assert double == {}, f"written twice: {double}"
    assert results["totals"]["requests_sent"] == len(_read(lines, "request_sent")) >= service.arrived.total()
    ended = {row["id"]: row for row in results["scenarios"]}
    for name in service.things.values():
        # What is left on the service is told: nobody has to find it by chance.
        scenario = ended[name.split()[0]]
        assert scenario["outcome"] == "errored", (
            f"{name} was left behind, and {scenario['id']} is {scenario['outcome']}"
        )
        assert re.search("no answer|before an answer|lost", json.dumps(scenario)), scenario["reason"]
    for row in ended.values():
        assert sum(step["cleanup"] for step in row["steps"]) == 2, f"no cleanup of {row['id']}"
        tally.outcomes[row["outcome"]] += 1
        tally.doubtful += sum("a write is never sent again" in step["reason"] for step in row["steps"])


def main() -> None:
    """Kill as often as the first argument says, with the second one as the seed, and print what happened."""
    count, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    chance, tally, started = random.Random(seed), Tally(), time.monotonic()
    with Forks() as forks:
        while tally.kills < count:
            with tempfile.TemporaryDirectory() as folder:
                kill_and_resume(Path(folder), forks, chance, tally)
            if tally.rounds % 10 == 0:
                print(tally, file=sys.stderr, flush=True)
    print(f"{tally}, {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
