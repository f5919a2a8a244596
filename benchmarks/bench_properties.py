"""Cases per second of `contracts run --phase properties` and of `st run`: the same spec, phases, examples and seed,
against the same server, whole processes with all their reports. The target: at least 0.95 of Schemathesis's."""

import json
import shutil
import sys
import tempfile
import urllib.request
from collections.abc import Callable
from pathlib import Path

from benchmarks.library_server import KEY, SPEC
from benchmarks.processes import measure_rounds, time_command
from contracts_runner.model.environment import SandboxApp
from contracts_runner.model.location import SourceLocation
from contracts_runner.sandbox.server import serve_sandbox

EXAMPLES = 500
ROUNDS = 3
SEED = "7"
PHASES = "examples,coverage,fuzzing"
TARGET = 0.95
APP = SandboxApp(
    app="benchmarks.library_server:create_app", options={}, location=SourceLocation("benchmarks/library_server.py", 1)
)

# Without undeclared methods and stored examples: what ours does not do either.
ST_SETTINGS = """\
[generation]
database = "none"
[phases.coverage]
unexpected-methods = []
[cache]
enabled = false
"""


def main() -> None:
    """Print both rates and their ratio."""
    with tempfile.TemporaryDirectory() as name, serve_sandbox(APP) as base_url:
        folder = Path(name)
        write_project(folder, base_url)
        contenders = {
            "st run": rate(base_url, lambda: time_command(build_st_command(base_url), folder)),
            "contracts run": rate(base_url, lambda: run_ours(folder)),
        }
        figures = measure_rounds(contenders, ROUNDS)
    for contender, cases in figures.items():
        print(f"{contender}: {cases:.0f} cases per second (median of {ROUNDS}, {EXAMPLES} examples)")
    print(f"ratio: {figures['contracts run'] / figures['st run']:.2f} (target: {TARGET} or more)")


def write_project(folder: Path, base_url: str) -> None:
    """Write what both need: a project of ours and a configuration of Schemathesis."""
    (folder / "contracts").mkdir()
    # Of an error in a 200 both have an opinion of their own: without it neither has anything to find.
    spec = {**SPEC, "paths": {path: item for path, item in SPEC["paths"].items() if path != "/find"}}
    (folder / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    (folder / "schemathesis.toml").write_text(ST_SETTINGS, encoding="utf-8")
    settings = {
        "version": 1,
        "specs": {"library": "spec.json"},
        "contracts": "contracts",
        "default_environment": "here",
        "environments": {
            "here": {
                "base_url": base_url,
                "credentials": {"key": KEY},
                "writes": "allow",
                "properties": {"max_examples": EXAMPLES},
            }
        },
    }
    (folder / "contracts.yaml").write_text(json.dumps(settings), encoding="utf-8")


def build_st_command(base_url: str) -> list[str]:
    """Return the command of Schemathesis's own command line."""
    options = ["--url", base_url, "--header", f"X-Key: {KEY}", "--phases", PHASES, "--seed", SEED, "--workers", "1"]
    reports = ["--report", "json,junit,html", "--report-dir", "st-reports"]
    own = Path(sys.executable).with_name("st")
    return [str(own), "run", "spec.json", *options, "--max-examples", str(EXAMPLES), *reports]


def run_ours(folder: Path) -> float:
    """Return the seconds of our command."""
    shutil.rmtree(folder / "out", ignore_errors=True)
    command = [sys.executable, "-m", "contracts_runner", "run", "--phase", "properties", "--properties", PHASES]
    return time_command([*command, "--seed", SEED, "--output", "out"], folder)


def rate(base_url: str, run: Callable[[], float]) -> Callable[[], float]:
    """Return a measurement of the requests that arrive while `run` goes on, by the seconds that it gives."""

    def measure() -> float:
        count_requests(base_url)
        seconds = run()
        requests = count_requests(base_url)
        assert requests > EXAMPLES, requests
        print(f"  {requests} requests in {seconds:.1f} s", flush=True)
        return requests / seconds

    return measure


def count_requests(base_url: str) -> int:
    """Return how many requests came since the last call."""
    with urllib.request.urlopen(f"{base_url}/_count") as response:
        return int(response.read())


if __name__ == "__main__":
    main()
