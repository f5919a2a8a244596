"""The property phase beside Schemathesis's own command line: the same specification, seed, phases, checks, server.

Both are whole processes, from the start of Python to the last report. Ours also writes the ledger, redacts, searches
for leaks and renders all reports; `st run` writes none. Cases are counted by the server.
"""

import functools
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.library import LibraryServer, load_tested, serve_library, write_document
from benchmarks.measure import Ratio, compare
from contracts_runner.model.checks import CHOSEN_CHECKS

AT_LEAST = 0.95
# So many that the cases count, and not the second that each side takes to begin and to end.
EXAMPLES = 150
SEED = 1
PHASES = {"one request at a time": ("examples", "coverage", "fuzzing"), "flows": ("stateful",)}
_OURS = (sys.executable, "-m", "contracts_runner", "run", "--phase", "properties", "--seed", str(SEED))
_PROJECT = """\
version: 1
specs: {{library: library.json}}
contracts: contracts
default_environment: here
environments:
  here:
    base_url: {base_url}
    credentials: {{key: {key}}}
    writes: allow
    properties: {{phases: [{phases}], checks: [{checks}], max_examples: {examples}}}
"""
# What we never do (docs/design.md, Safety), and what would let one round learn from another.
_NATIVE = """\
[phases.coverage]
unexpected-methods = []
[cache]
enabled = false
"""


def iter_ratios(rounds: int) -> Iterator[Ratio]:
    """Yield our rate over that of `st run`."""
    with tempfile.TemporaryDirectory() as name, serve_library() as server:
        folder = Path(name)
        document = write_document(folder)
        (folder / "contracts").mkdir()
        (folder / "schemathesis.toml").write_text(_NATIVE, encoding="utf-8")
        for title, phases in PHASES.items():
            _write_project(folder, server, phases)
            yield compare(
                f"property phase, {title}",
                unit="cases",
                ours=("contracts run", functools.partial(_work, _OURS, folder, server)),
                theirs=("st run", functools.partial(_work, _build_native(document, server, phases), folder, server)),
                rounds=rounds,
                at_least=AT_LEAST,
            )


def _write_project(folder: Path, server: LibraryServer, phases: Sequence[str]) -> None:
    text = _PROJECT.format(
        base_url=server.base_url,
        key=load_tested().KEY,
        phases=", ".join(phases),
        checks=", ".join(CHOSEN_CHECKS),
        examples=EXAMPLES,
    )
    (folder / "contracts.yaml").write_text(text, encoding="utf-8")


def _build_native(document: Path, server: LibraryServer, phases: Sequence[str]) -> list[str]:
    command = [sys.executable, "-m", "schemathesis.cli", "run", str(document), "--url", server.base_url]
    command += [
        "--header",
        f"X-Key: {load_tested().KEY}",
        "--phases",
        ",".join(phases),
        "--checks",
        ",".join(CHOSEN_CHECKS),
    ]
    return [*command, "--max-examples", str(EXAMPLES), "--seed", str(SEED), "--suppress-health-check", "all"]


def _work(command: Sequence[str], folder: Path, server: LibraryServer) -> int:
    server.begin_anew()
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, "PYTHONUTF8": "1"}, capture_output=True, text=True, check=False
    )
    # 1: `st run` finds that HTTP 200 is no refusal, for it knows no envelopes.
    if done.returncode > 1:
        raise RuntimeError(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return server.begin_anew()
