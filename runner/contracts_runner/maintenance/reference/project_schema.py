"""Builds the schemas for editors of one project: those of all projects, with the names that this one has."""

from collections.abc import Iterable, Iterator

from contracts_runner.maintenance.reference.schemas import build_contract_schema, build_project_schema
from contracts_runner.model.json import Json
from contracts_runner.project.project import Project
from contracts_runner.project.references.operation_references import METHODS, list_parameter_names

FOLDER = "schema"
# An operation that the document does not have is written as it is asked.
_UNDESCRIBED = {"pattern": f"^({'|'.join(METHODS)}) /", "patternErrorMessage": "no operation of the project's specs"}
_PLACED: Json = {"^(path|query|header|cookie):": {}}


def build_schemas(project: Project) -> dict[str, Json]:
    """Return name of a file below the project -> schema."""
    schemas = {
        f"{FOLDER}/contract.schema.json": build_contract_schema(),
        f"{FOLDER}/project.schema.json": build_project_schema(),
    }
    names = _build_names(project)
    for schema in schemas.values():
        definitions = schema["$defs"]
        definitions |= {name: found for name, found in names.items() if name in definitions}
        if step := definitions.get("step"):
            step["allOf"] = [*step.get("allOf", ()), *_iter_parameter_rules(project)]
    return schemas


def _build_names(project: Project) -> dict[str, Json]:
    """Return the schemas of names: closed where another name is a mistake."""
    settings, specs = project.settings, project.specs.values()
    schemes = (name for spec in specs for name in spec.security_schemes)
    tags = (tag for scenario in project.scenarios for tag in scenario.tags)
    return {
        "operationName": {"anyOf": [_list(label for spec in specs for label in spec.operations), _UNDESCRIBED]},
        "specName": _list(settings.specs),
        "credentialName": _list([*settings.find_names("credentials"), *schemes]),
        "environmentName": _list(settings.environments),
        "tagName": {"anyOf": [_list(tags), {"$ref": "#/$defs/text"}]},
    }


def _list(names: Iterable[str]) -> Json:
    return {"enum": sorted(set(names))}


def _iter_parameter_rules(project: Project) -> Iterator[Json]:
    """Yield for each operation which parameters a step may give it, also in its variants."""
    parameters: dict[str, set[str]] = {}
    for spec in project.specs.values():
        for label, operation in spec.operations.items():
            if not operation.fault:
                parameters.setdefault(label, set()).update(list_parameter_names(operation))
    for label, names in parameters.items():
        allowed = {"properties": {name: {} for name in sorted(names)}, "patternProperties": _PLACED}
        given = {"parameters": {**allowed, "additionalProperties": False}}
        variant = {"properties": given}
        rule = {"properties": {**given, "probe": variant, "in": {"additionalProperties": variant}}}
        yield {"if": {"required": ["operation"], "properties": {"operation": {"const": label}}}, "then": rule}
