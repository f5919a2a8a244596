"""Prints scenarios in the format of another tool, or writes them into a file; what is not carried is told on stderr."""

import os
import sys
import uuid
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from contracts_runner.engine.ports import SystemClock
from contracts_runner.engine.selection import select_scenarios
from contracts_runner.errors import UsageError, explain_errors
from contracts_runner.evidence.files import write_whole
from contracts_runner.leaks.search import LeakSearch
from contracts_runner.maintenance.arazzo_extensions import ID, NOT_CARRIED
from contracts_runner.maintenance.environments import read_open_environment, read_set_environment
from contracts_runner.maintenance.exporting.arazzo_document import ArazzoWriter, render_document
from contracts_runner.model.credential import list_secrets
from contracts_runner.model.environment import Environment
from contracts_runner.model.json import Json
from contracts_runner.model.nouns import count_noun
from contracts_runner.model.secrets import is_provable
from contracts_runner.project.project import Project
from contracts_runner.reading.variables import load_variables
from contracts_runner.reporting.text import make_visible


class ExportFormat(StrEnum):
    """What scenarios can be exported as."""

    ARAZZO = "arazzo"


def export(
    project: Project,
    form: ExportFormat,
    patterns: Sequence[str],
    *,
    environment: str | None,
    tags: Sequence[str],
    output: Path | None,
) -> int:
    """Print the scenarios, or write them; returns the exit code. Raises UsageError where none can be said, and where
    the document would hold a secret."""
    chosen = _read_environment(project, environment)
    selected = select_scenarios(project.contracts, root=project.root, patterns=patterns, tags=tags).scenarios
    match form:
        case ExportFormat.ARAZZO:
            writer = ArazzoWriter(
                project,
                chosen,
                folder=output.parent if output else Path(),
                now=SystemClock().now(),
                run_id=uuid.uuid4().hex[:8],
            )
            document = writer.write(selected)
        case _:
            assert_never(form)
    lines = list_report(document)
    if not document["workflows"]:
        raise UsageError("\n".join(["none of the scenarios can be said in Arazzo", *lines]))
    text = render_document(document, is_json=output is not None and output.suffix == ".json")
    _refuse_leaks(project, chosen, text)
    if output is None:
        print(make_visible(text), end="")
    else:
        with explain_errors("write", output):
            write_whole(output, text.encode("utf-8"))
    for line in lines:
        print(make_visible(line), file=sys.stderr)
    return 1 if NOT_CARRIED in document else 0


def list_report(document: Mapping[str, Json]) -> list[str]:
    """Return a line on what is there, and one for each scenario of which a step or more is missing."""
    lines = [
        f"{each['scenario']}: not carried: {each['because']}"
        for each in document.get(NOT_CARRIED, ())
        if "scenario" in each
    ]
    steps = promises = 0
    for workflow in document["workflows"]:
        steps += len(workflow["steps"])
        promises += sum(len(step.get(NOT_CARRIED, ())) for step in workflow["steps"])
        missing = [each for each in workflow.get(NOT_CARRIED, ()) if isinstance(each, Mapping)]
        lines += [f"{workflow[ID]}: step '{each['step']}' is not carried: {each['because']}" for each in missing]
    count = f"{count_noun(steps, 'step')} of {count_noun(len(document['workflows']), 'scenario')}"
    verb = "is" if promises == 1 else "are"
    told = f"; {promises} of their promises {verb} not carried, each is listed as {NOT_CARRIED}" if promises else ""
    return [*lines, count + told]


def _read_environment(project: Project, name: str | None) -> Environment:
    name = name or project.settings.default_environment
    if name is None:
        raise UsageError("no environment is chosen; say which one with --env")
    project.settings.require_environment(name)
    environment, problems = read_open_environment(project.settings, name)
    if environment is None:
        raise UsageError("\n".join(map(str, problems)))
    return environment


def _refuse_leaks(project: Project, environment: Environment, text: str) -> None:
    variables, _ = load_variables(project.root, os.environ)
    known = read_set_environment(project.settings, environment.name, variables)
    named = [list_secrets(*each) for each in (known.credentials.items() if known else ())]
    secrets = {name: value for each in named for name, value in each.items() if is_provable(value)}
    for leak in LeakSearch(Path(), secrets=secrets, personal=()).search_text("the document", text):
        raise UsageError(f"nothing was written: line {leak.line} would hold a credential ({leak.name})")
