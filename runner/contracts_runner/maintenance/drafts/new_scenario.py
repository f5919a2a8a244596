"""Writes the skeleton of a scenario for one operation: as a whole contract file, or into one (`contracts new`)."""

from pathlib import Path

from contracts_runner.errors import UsageError
from contracts_runner.evidence.files import write_whole
from contracts_runner.maintenance.drafts.operation_drafts import OperationDrafts
from contracts_runner.maintenance.drafts.scenario_writing import add_to_file, make_unique, render_file
from contracts_runner.maintenance.drafts.step_drafts import UndraftableError
from contracts_runner.model.json import Json
from contracts_runner.model.scenario_draft import ScenarioDraft
from contracts_runner.model.spec import Operation
from contracts_runner.openapi.spec import Spec
from contracts_runner.project.project import Project
from contracts_runner.reading.suggest import suggest
from contracts_runner.reading.yaml_source import load_yaml


def draft_scenario(project: Project, name: str, key: str | None) -> tuple[Spec, ScenarioDraft]:
    """Return a scenario for the operation that `name` names, an operationId or "METHOD /path", of the spec `key` or of
    the only one that has it. Raises UsageError."""
    spec, operation = _find_operation(project, name, key)
    credentials = frozenset(project.settings.find_names("credentials")) | spec.security_schemes.keys()
    try:
        draft = OperationDrafts(spec, credentials).draft(operation)
    except UndraftableError as error:
        raise UsageError(f"{operation.label}: {error}") from None
    return spec, draft


def render_new(project: Project, spec: Spec, draft: ScenarioDraft) -> str:
    """Return the scenario as a whole contract file, with an id that the project does not have."""
    unique = make_unique([draft], _list_ids(project))
    return render_file(_build_head(project, spec, unique[0].id), unique)


def write_new(project: Project, spec: Spec, draft: ScenarioDraft, file: Path) -> str:
    """Write the scenario behind those of a contract file, or into a new one; return its id. Raises UsageError."""
    text, about = read_target(project, file)
    unique = make_unique([draft], _list_ids(project))
    if text:
        if about != spec.key:
            raise UsageError(f"{file} is about the spec '{about}', the operation is of '{spec.key}'; name another file")
        text = add_to_file(text, file.as_posix(), unique)
    else:
        text = render_file(_build_head(project, spec, file.stem), unique)
    write_whole(file.resolve(), text.encode("utf-8"))
    return unique[0].id


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
        raise UsageError("; ".join(filter(None, (f"there is no spec '{key}'", suggest(key, project.specs)))))
    specs = [spec for spec in project.specs.values() if key in (None, spec.key)]
    found = [(spec, operation) for spec in specs if (operation := spec.find_operation(name))]
    if len(found) == 1:
        return found[0]
    if found:
        named = ", ".join(spec.key for spec, _ in found)
        raise UsageError(f"several specs have the operation '{name}': {named}; choose one with --spec")
    sharers = [label for spec in specs for label in spec.find_sharers(name)]
    labels = [label for spec in specs for label in spec.operations]
    hint = f"name one of {', '.join(sharers)}" if sharers else suggest(name, labels)
    raise UsageError("; ".join(filter(None, (f"no spec has the operation '{name}'", hint))))


def _list_ids(project: Project) -> frozenset[str]:
    return frozenset(scenario.id for scenario in project.scenarios)


def _build_head(project: Project, spec: Spec, name: str) -> dict[str, Json]:
    document = spec.path.relative_to(project.root).as_posix()
    return {"contract": name, "spec": spec.key, "source": {"document": document}}
