"""examples/watch/: systemd takes the units, the image is built of instructions that are there, and what they start are
commands that `contracts` has."""

import configparser
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from contracts_runner.cli.main import list_commands, main
from helpers.command import REPOSITORY

FOLDER = REPOSITORY / "examples" / "watch"
UNITS = sorted(path.name for path in FOLDER.glob("*@*"))
SERVICES = [name for name in UNITS if name.endswith(".service")]
CONTRACTS = "/opt/contracts/bin/contracts"
INSTRUCTIONS = {"FROM", "COPY", "RUN", "USER", "WORKDIR", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT"}


def read_unit(name: str) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # systemd tells cases apart
    unit.read_string((FOLDER / name).read_text(encoding="utf-8"))
    return unit


def read_instructions() -> list[tuple[str, str]]:
    """Return the instructions of the image with their arguments, lines that go on joined."""
    text = (FOLDER / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.split(None, 1) for line in text.splitlines() if line and not line.startswith("#")]
    return [(name, " ".join(argument.split())) for name, argument in lines]


def parse_command(words: list[str]) -> click.Context:
    """Return what the command line makes of words; raises UsageError for what it does not have."""
    assert words[0] == "contracts"
    command = list_commands(main)[words[1]]
    return command.make_context(words[1], words[2:])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not there")
def test_systemd_has_nothing_to_say_about_the_units(tmp_path: Path) -> None:
    for name in UNITS:
        text = (FOLDER / name).read_text(encoding="utf-8").replace(CONTRACTS, sys.executable)
        (tmp_path / name).write_text(text.replace("User=contracts", "User=root"), encoding="utf-8")

    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(tmp_path / name for name in UNITS)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_starts_a_watch_that_ends_itself(name: str) -> None:
    service = read_unit(name)["Service"]
    started = service["ExecStart"].replace(CONTRACTS, "contracts")

    context = parse_command(shlex.split(started))

    assert context.params["environment"] == "%i"
    assert (context.params["most_runs"] == 1) is (service["Type"] == "oneshot")
    assert service["KillMode"] == "mixed"  # the run is the watch's to interrupt


def test_the_timer_is_of_the_service_that_makes_one_run() -> None:
    timers = [name.removesuffix(".timer") for name in UNITS if name.endswith(".timer")]

    assert [read_unit(f"{name}.service")["Service"]["Type"] for name in timers] == ["oneshot"]


def test_the_image_is_of_known_instructions_and_has_no_right_that_it_does_not_need() -> None:
    instructions = read_instructions()
    names = [name for name, _ in instructions]
    found = dict(instructions)

    assert names[0] == "FROM"
    assert set(names) == INSTRUCTIONS
    assert found["USER"] not in ("root", "0")
    assert names.index("RUN") < names.index("USER")


def test_the_image_starts_a_watch_that_gets_its_signals() -> None:
    found = dict(read_instructions())

    assert parse_command([*json.loads(found["ENTRYPOINT"]), "--env", "prod"]).params["environment"] == "prod"
    assert found["STOPSIGNAL"] == "SIGTERM"


def test_the_image_asks_its_health_where_the_watch_tells_it() -> None:
    found = dict(read_instructions())
    asked = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)", found["HEALTHCHECK"])

    assert asked
    assert (asked[1], asked[2]) == (found["EXPOSE"], "/healthz")
    json.loads(found["HEALTHCHECK"].partition("CMD ")[2])
