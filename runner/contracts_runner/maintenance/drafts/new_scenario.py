"""Writes the skeleton of a scenario for one operation: as a whole contract file, or into one (`contracts new`)."""

import dataclasses
from pathlib import Path

from contracts_runner.errors import UsageError
from contracts_runner.maintenance.drafts.operation_drafts import OperationDrafts
from contracts_runner.maintenance.drafts.scenario_writing import add_to_file, make_unique, render_file
from contracts_runner.maintenance.drafts.step_drafts import UndraftableError
from contracts_runner.model.json import Json
from contracts_runner.model.scenario_draft import ScenarioDraft, StepDraft
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.project import Project
from contracts_runner.reading.suggest import suggest_or_list
from contracts_runner.reading.yaml_source import load_yaml


def render_new(project: Project, operation: str, *, key: str | None, name: str | None, into: Path | None) -> str:
    """Return a whole contract file with a scenario for an operation, an operationId or "METHOD /path" of the spec `key`
    or of the only one that has it; or the file at `into` with it added.

    Its id is `name`, or the operation, as far as the project does not have it. Raises UsageError.
    """
    spec, draft = _draft(project, operation, key)
    draft = dataclasses.replace(draft, id=name) if name else draft
    document = spec.path.relative_to(project.root).as_posix()
    head: dict[str, Json] = {"spec": spec.key, "source": {"document": document}}
    unique = make_unique([draft], {scenario.id for scenario in project.scenarios})
    text, about = read_target(project, into) if into else ("", "")
    if into is None or not text:
        return render_file({"contract": into.stem if into else unique[0].id, **head}, unique)
    return add_to_file(
        text, into.as_posix(), unique if about == spec.key else [_name_spec(each, spec.key) for each in unique]
    )


def _name_spec(draft: ScenarioDraft, key: str) -> ScenarioDraft:
    """Return a scenario for a file about another spec."""

    def name(steps: tuple[StepDraft, ...]) -> tuple[StepDraft, ...]:
        return tuple(dataclasses.replace(step, content={"spec": key, **step.content}) for step in steps)

    return dataclasses.replace(draft, steps=name(draft.steps), cleanup=name(draft.cleanup))


def _draft(project: Project, name: str, key: str | None) -> tuple[Spec, ScenarioDraft]:
    spec, operation = _find_operation(project, name, key)
    credentials = frozenset(project.settings.find_names("credentials")) | spec.security_schemes.keys()
    try:
        draft = OperationDrafts(spec, credentials).draft(operation)
    except UndraftableError as error:
        raise UsageError(f"{operation.label}: {error}") from None
    return spec, draft


def read_target(project: Project, file: Path) -> tuple[str, str]:
    """Return the text of a contract file that scenarios are written into, and its spec; both "" for one that is not
    there yet. Raises UsageError for what is no contract file of the project."""
    path = file.resolve()
    if not path.is_relative_to(project.settings.contracts.resolve()) or path.suffix not in (".yaml", ".yml"):
        folder = project.settings.contracts.relative_to(project.root).as_posix()
        raise UsageError(f"{file} is no contract file: those are YAML files below the folder '{folder}' of the project")
    if not path.exists():
        return "", ""
    document = load_yaml(path, project.root)
    about = document.value.get("spec") if isinstance(document.value, dict) else None
    return path.read_bytes().decode("utf-8"), str(about)


def _find_operation(project: Project, name: str, key: str | None) -> tuple[Spec, Operation]:
    if key is not None and key not in project.specs:
        raise UsageError("; ".join(filter(None, (f"there is no spec '{key}'", suggest_or_list(key, project.specs)))))
    specs = [spec for spec in project.specs.values() if key in (None, spec.key)]
    found = [(spec, operation) for spec in specs if (operation := spec.find_operation(name))]
    if len(found) == 1:
        return found[0]
    if found:
        named = ", ".join(spec.key for spec, _ in found)
        raise UsageError(f"several specs have the operation '{name}': {named}; choose one with --spec")
    sharers = [label for spec in specs for label in spec.find_sharers(name)]
    labels = [label for spec in specs for label in spec.operations]
    hint = f"name one of {', '.join(sharers)}" if sharers else suggest_or_list(name, labels)
    hint = hint or "write an operationId, or METHOD /path, as the document has it"
    raise UsageError(f"no spec has the operation '{name}'; {hint}")
