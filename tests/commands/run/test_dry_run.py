"""`--dry-run` shows the requests that a run then makes, and what the run keeps back with its reason."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from contracts_runner.model.environment import WritePolicy
from helpers.command import REPOSITORY, Finished, run_contracts

# A step as either side tells of it: its name, method, path, and body; or why it was not sent.
Shown = tuple[str, ...]
_EXPRESSION = re.compile(r'"\$\{[^{}]*\}"|\$\{[^{}]*\}')


def read_dry_run(text: str) -> dict[str, list[Shown]]:
    """Return what is shown of each scenario."""
    scenarios: dict[str, list[Shown]] = {}
    steps: list[Shown] = []
    for line in text.splitlines()[1:-1]:
        if not line.startswith(" "):
            steps = scenarios[line.split("  ")[0]] = []
        elif not line.startswith(" " * 8):
            name, _, request = line.strip().rpartition(": ") if "[write: " not in line else line.partition(": ")
            method, path = request.split("  [")[0].split(" ")
            steps.append((name.strip(), method, path))
        else:
            steps[-1] = (*steps[-1], line.strip())
    return scenarios


def read_run(finished: Finished) -> dict[str, list[Shown]]:
    """Return the same of what a run has recorded."""
    base_url = finished.results["run"]["base_url"]
    return {
        row["id"]: [read_step(finished.folder, base_url, step) for step in row["steps"]]
        for row in finished.results["scenarios"]
    }


def read_step(folder: Path, base_url: str, step: Mapping[str, Any]) -> Shown:
    if step["artifact"] is None:
        return (step["name"], f"{step['outcome']}, {step['reason']}")
    request = json.loads((folder / step["artifact"]).read_text(encoding="utf-8"))["request"]
    shown = (step["name"], request["method"], request["url"].removeprefix(base_url))
    return shown if request["body"] is None else (*shown, request["body"])


def is_same(planned: Shown, recorded: Shown) -> bool:
    """Tell whether a planned step is the recorded one; an expression may be any value."""
    if ", not sent: " in planned[-1]:
        return (planned[0], planned[-1]) == recorded
    patterns = [".+".join(map(re.escape, _EXPRESSION.split(part))) for part in planned]
    return len(patterns) == len(recorded) and all(
        re.fullmatch(pattern, part, re.DOTALL) for pattern, part in zip(patterns, recorded, strict=True)
    )


@pytest.mark.parametrize("writes", WritePolicy)
def test_the_requests_that_are_shown_are_those_that_the_run_records(writes: WritePolicy, tmp_path: Path) -> None:
    options = ("run", "--phase", "scenarios", "--writes", writes, "--project", str(REPOSITORY))
    planned = read_dry_run(run_contracts(*options, "--dry-run", cwd=tmp_path).stdout)
    recorded = read_run(run_contracts(*options, "--output", "out", "--format", "json", cwd=tmp_path))

    assert list(planned) == list(recorded)
    assert {name: len(steps) for name, steps in planned.items()} == {n: len(steps) for n, steps in recorded.items()}
    different = [
        (name, step, other)
        for name in planned
        for step, other in zip(planned[name], recorded[name], strict=True)
        if not is_same(step, other)
    ]
    assert different == []
