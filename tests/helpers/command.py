"""Runs the command line as a user does: in a process of its own."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Finished:
    """A process that ended; `folder` is where it was told to put a run."""

    code: int
    stdout: str
    stderr: str
    folder: Path

    @property
    def results(self) -> dict[str, Any]:
        """results.json of the run."""
        loaded: dict[str, Any] = json.loads((self.folder / "results.json").read_text(encoding="utf-8"))
        return loaded

    @property
    def outcomes(self) -> dict[str, str]:
        """Scenario ID -> outcome, in the order of results.json."""
        return {row["id"]: row["outcome"] for row in self.results["scenarios"]}


def run_contracts(*arguments: str, cwd: Path, timeout: float = 120, **environ: str) -> Finished:
    """Run `contracts ARGUMENTS` in a folder; variables of the developer's own shell do not reach it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("QTICKETS_", "CLICKHOUSE_"))}
    done = subprocess.run(
        [sys.executable, "-m", "contracts_runner", *arguments],
        cwd=cwd,
        env={**kept, "PYTHONUTF8": "1", **environ},
        capture_output=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
    folder = cwd / arguments[arguments.index("--output") + 1] if "--output" in arguments else cwd
    return Finished(done.returncode, done.stdout, done.stderr, folder)
