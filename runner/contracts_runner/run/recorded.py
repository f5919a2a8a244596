"""What a run has recorded of a scenario or of a property failure: its artifacts, wherever in the run they are."""

import json
from collections.abc import Iterator

from contracts_runner.audit.files import RunFiles
from contracts_runner.errors import RunFolderError
from contracts_runner.project.project import Project
from contracts_runner.redaction.json_text import escape_unsafe
from contracts_runner.results.lines import MisfitError, parse_results
from contracts_runner.results.results import Results
from contracts_runner.run.drafting import refuse_unknown
from contracts_runner.run.runs import find_run, open_run, read_run_file


def show_recorded(project: Project, run: str, identifier: str, *, environment: str | None = None) -> str:
    """Return each artifact with its place before it. Raises UsageError for an id that the run does not have,
    RunFolderError for a run that cannot be read."""
    path = find_run(run, project.settings, environment=environment)
    with open_run(path) as files:
        try:
            results = parse_results(read_run_file(files, "results.json"))
        except MisfitError as error:
            raise RunFolderError(f"{path}: results.json cannot be read: {error}") from error
        refuse_unknown(identifier, results, path)
        shown = [f"{path / name}\n{_render(files, name)}" for name in _iter_artifacts(results, identifier)]
    return "\n\n".join(shown) or f"of {identifier} nothing was sent in {path}"


def _iter_artifacts(results: Results, identifier: str) -> Iterator[str]:
    for row in results.scenarios:
        if row.id == identifier:
            yield from (step.artifact for step in row.steps if step.artifact)
    for found in results.properties:
        if found.id == identifier and found.failure:
            yield from found.failure.artifacts


def _render(files: RunFiles, name: str) -> str:
    try:
        return escape_unsafe(json.dumps(json.loads(read_run_file(files, name)), ensure_ascii=False, indent=2))
    except (ValueError, RecursionError) as error:
        raise RunFolderError(f"{files.name}: {name} cannot be read: {error}") from error
