"""`contracts sandbox`: the twin is served, with its faults, until it is interrupted."""

import json
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import pytest

from helpers.command import REPOSITORY, run_contracts
from helpers.shop import write_project

SENT = {"where": [{"column": "payed", "value": 1}]}
OPEN = build_opener(ProxyHandler({})).open


@contextmanager
def serve(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Start the sandbox of this repository; yields its process and the lines that it printed, curl lines included."""
    command = [sys.executable, "-m", "contracts_runner", "sandbox", *arguments]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        try:
            assert process.stdout is not None
            lines = [process.stdout.readline().strip() for _ in range(6)]
            yield process, lines
        finally:
            process.kill()


def call(line: str, body: object = None) -> tuple[int, object]:
    """Send what a curl line says; returns the status and the JSON."""
    words = shlex.split(line)
    headers = [words[index + 1].split(": ", 1) for index, word in enumerate(words) if word == "-H"]
    data = None if body is None else json.dumps(body).encode()
    request = Request(words[-1], data=data, method="GET", headers={**dict(headers), "Content-Type": "application/json"})
    try:
        with OPEN(request, timeout=10) as response:
            return response.status, json.load(response)
    except HTTPError as error:
        return error.code, None


def find_curl_lines(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith("curl ")]


def list_barcodes(answer: object) -> list[str]:
    assert isinstance(answer, dict)
    return [basket["barcode"] for order in answer["data"] for basket in order["baskets"]]


def test_the_curl_lines_work_as_they_are() -> None:
    with serve() as (_, lines):
        answers = [call(line) for line in find_curl_lines(lines)]

    assert [status for status, _ in answers] == [200, 200]
    assert [lines[index].startswith("# ") for index in (2, 4)] == [True, True]


def test_a_fault_can_be_seen() -> None:
    with serve() as (_, healthy), serve("--fault", "filter-ignored") as (_, broken):
        results = [call(find_curl_lines(lines)[0], SENT)[1] for lines in (healthy, broken)]

    payed = [{order["payed"] for order in result["data"]} for result in results if isinstance(result, dict)]
    assert payed == [{True}, {True, False}]


def test_a_seed_decides_what_is_made_up() -> None:
    results = []
    for seed in ("1", "1", "2"):
        with serve("--seed", seed) as (_, lines):
            results.append(list_barcodes(call(find_curl_lines(lines)[0])[1]))

    assert results[0] == results[1]
    assert results[0] != results[2]


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are POSIX only")
def test_ctrl_c_ends_it_with_exit_0() -> None:
    with serve() as (process, _):
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=30)

    assert code == 0


def test_the_port_can_be_chosen_and_must_be_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        finished = run_contracts("sandbox", "--port", str(port), cwd=REPOSITORY)

    assert (finished.code, finished.stdout) == (2, "")
    assert "cannot be served" in finished.stderr
    assert str(port) in finished.stderr


def test_faults_are_listed() -> None:
    finished = run_contracts("sandbox", "--list-faults", cwd=REPOSITORY)

    rows = dict(line.split("  ", 1) for line in finished.stdout.splitlines()[1:])
    assert finished.code == 0
    assert rows["filter-ignored"].strip()


def test_an_unknown_fault_is_wrong_use_with_a_hint() -> None:
    finished = run_contracts("sandbox", "--fault", "filter-ignord", cwd=REPOSITORY)

    assert (finished.code, finished.stdout) == (2, "")
    assert "Did you mean 'filter-ignored'?" in finished.stderr


def test_an_environment_without_a_sandbox_is_wrong_use(tmp_path: Path) -> None:
    scenario = '- {id: "1", title: x, steps: [{operation: listThings}]}'
    write_project(tmp_path, scenario, base_url="https://test.example.com")

    finished = run_contracts("sandbox", cwd=tmp_path)

    assert finished.code == 2
    assert "the environment 'here' has no sandbox" in finished.stderr
