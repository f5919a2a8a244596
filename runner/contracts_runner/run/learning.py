"""`contracts learn`: what the answers of runs show that the documents do not say, as overlays."""

import sys
from collections.abc import Sequence

from contracts_runner.errors import RunFolderError, UsageError
from contracts_runner.maintenance.learning.learned_answers import Learner
from contracts_runner.maintenance.learning.learned_overlay import list_findings, render_overlay
from contracts_runner.model.nouns import count_noun
from contracts_runner.openapi.read_bundle import load_bundle
from contracts_runner.project.project import Project
from contracts_runner.reading.suggest import suggest
from contracts_runner.reporting.text import make_visible
from contracts_runner.results.lines import MisfitError, parse_results
from contracts_runner.run.recorded_exchanges import iter_exchanges
from contracts_runner.run.runs import find_run, open_run, read_run_file


def print_learned(
    project: Project, runs: Sequence[str], *, environment: str | None, key: str | None, is_all: bool
) -> int:
    """Print an overlay for each spec of which the runs show something more; returns the exit code."""
    if key is not None and key not in project.specs:
        hint = suggest(key, project.specs)
        raise UsageError(f"contracts.yaml has no spec '{key}'" + (f"; {hint}" if hint else ""))
    learners = {name: Learner.begin(spec) for name, spec in project.specs.items() if key in (None, name)}
    told = [_read_run(project, run, environment, learners) for run in runs]
    is_first = True
    for name, learner in learners.items():
        overlay = _render(project, name, learner, told, is_all=is_all)
        if not overlay:
            shown = f"{name}: {count_noun(learner.answers, 'answer')}, and nothing that the document does not say"
            print(shown, file=sys.stderr)
            continue
        print("" if is_first else "---\n", end="")
        print(make_visible(overlay), end="")
        is_first = False
    return 0


def _read_run(project: Project, run: str, environment: str | None, learners: dict[str, Learner]) -> str:
    """Show the learners the answers of a run; returns what it is. Raises RunFolderError."""
    path = find_run(run, project.settings, environment=environment)
    with open_run(path) as files:
        try:
            facts = parse_results(read_run_file(files, "results.json")).run
        except MisfitError as error:
            raise RunFolderError(f"{path} cannot be read: {error}") from error
        for exchange in iter_exchanges(files):
            for learner in learners.values():
                operation = learner.spec.find_operation(exchange.operation)
                if operation is not None and exchange.response is not None:
                    learner.take(operation, exchange.response)
    nature = ", a sandbox: says nothing about production" if facts.simulated else ""
    return f"{facts.id} ({facts.environment}{nature})"


def _render(project: Project, name: str, learner: Learner, runs: Sequence[str], *, is_all: bool) -> str:
    file = project.settings.specs[name]
    bundle, _ = load_bundle(file.path, project.root, file.overlays, file.max_values)
    if bundle is None:
        return ""
    is_old = bundle.origins is not None or str(learner.spec.document.get("openapi", "")).startswith("3.0")
    findings = list_findings(learner, is_old=is_old, is_all=is_all)
    if not findings:
        return ""
    head = (
        f"# Seen in {count_noun(learner.answers, 'answer')}, and not said by {file.path.name}. Read it, keep what "
        f"is meant to be,\n# and name it among the overlays of '{name}' in contracts.yaml. Runs: {', '.join(runs)}.\n"
    )
    return head + render_overlay(findings, bundle, "What recorded traffic shows")
