"""Other tools with the same suite, measured where they are installed: Redocly Respect, by an Arazzo document."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.processes import Command

ARAZZO = "suite.arazzo.yaml"

Plain = Sequence[Sequence[Mapping[str, Any]]]


def find_peers(folder: Path, address: str, which: Callable[[str], str | None] = shutil.which) -> dict[str, Command]:
    """Return name -> command of each peer that is on the PATH, for the suite in a folder; its files are written."""
    executable = which("redocly")
    if executable is None:
        return {}
    suite = json.loads((folder / "suite.json").read_text(encoding="utf-8"))
    # YAML reads JSON.
    (folder / ARAZZO).write_text(json.dumps(build_arazzo(suite)), encoding="utf-8")
    steps = str(max(1, sum(map(len, suite))))
    options = ("--server", f"things={address}", "--max-steps", steps)
    return {"Redocly Respect": Command((executable, "respect", ARAZZO, *options), folder)}


def build_arazzo(suite: Plain) -> dict[str, Any]:
    """Return a suite's plain data as Arazzo: a workflow for each scenario, with the same assertions and captures."""
    return {
        "arazzo": "1.0.1",
        "info": {"title": "Things", "version": "1"},
        "sourceDescriptions": [{"name": "things", "type": "openapi", "url": "things.json"}],
        "workflows": [
            {"workflowId": f"s{number}", "steps": _build_steps(scenario)} for number, scenario in enumerate(suite)
        ],
    }


def _build_steps(scenario: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "stepId": f"get{place}",
            "operationId": f"getThing{step['id']}",
            "parameters": [
                {"name": "after", "in": "query", "value": f"$steps.get{place - 1}.outputs.next" if place else "first"}
            ],
            "successCriteria": [
                {"condition": condition}
                for condition in (
                    "$statusCode == 200",
                    f"$response.body#/id == {step['id']}",
                    f"$response.body#/owner/code == '{step['code']}'",
                    f"$response.body#/items/0/amount == {step['amount']}",
                )
            ],
            "outputs": {"next": "$response.body#/next"},
        }
        for place, step in enumerate(scenario)
    ]
