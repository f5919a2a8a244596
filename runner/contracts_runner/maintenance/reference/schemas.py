"""Builds the JSON Schemas for editors from the declarations of the file formats."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from contracts_runner.model.json import Json
from contracts_runner.project.contract.contracts import ContractFileForm
from contracts_runner.project.contract.warehouse_contracts import WarehouseFileForm
from contracts_runner.project.settings.settings import ProjectForm
from contracts_runner.reading.declarations import Described, Form, Named, Scalar, Schema
from contracts_runner.reading.variables import NAME
from contracts_runner.results.results import Results

# The whole text is a variable, or one is a part of it.
_VARIABLE = rf"\${NAME}$|[\s\S]*\$\{{{NAME}\}}"

# First key -> form of a file below the folder of the contracts.
CONTRACT_FILES: Mapping[str, type[Form]] = {"contract": ContractFileForm, "warehouse": WarehouseFileForm}


class SchemaBuilder:
    """Builds schemas; what has a name goes to `definitions` and is referred to. Next to `$ref` are only annotations,
    because draft-07 ignores all other keywords there."""

    def __init__(self) -> None:
        self.definitions: dict[str, Json] = {}
        self._owners: dict[str, Named | type[Form]] = {}

    def build(self, schema: Schema, *, has_variables: bool = False) -> dict[str, Json]:
        """Return the schema as JSON; with variables, `$NAME` may stand for each scalar."""
        if isinstance(schema, Named):
            return self._refer(schema.name, schema, lambda: self.build(schema.build(), has_variables=has_variables))
        if isinstance(schema, type):
            has_variables = has_variables or schema.has_variables
            return self._refer(schema.get_name(), schema, lambda: self._build_form(schema, has_variables))
        if isinstance(schema, Described):
            default = {} if schema.default is None else {"default": schema.default}
            return {"description": schema.text, **self._build_part(schema.schema, has_variables), **default}
        built = {word: self._build_part(part, has_variables) for word, part in schema.items()}
        return _allow_variable(built) if has_variables and isinstance(schema, Scalar) else built

    def _build_part(self, part: Any, has_variables: bool) -> Json:
        if isinstance(part, list):
            return [self._build_part(item, has_variables) for item in part]
        is_schema = isinstance(part, Mapping | Named | Described | type)
        return self.build(part, has_variables=has_variables) if is_schema else part

    def _refer(self, name: str, owner: Named | type[Form], build: Callable[[], Json]) -> dict[str, Json]:
        if self._owners.setdefault(name, owner) is not owner:
            raise ValueError(f"two schemas have the name '{name}'")
        if name not in self.definitions:
            self.definitions[name] = {}  # a schema may refer to itself
            self.definitions[name] = build()
        return {"$ref": f"#/$defs/{name}"}

    def _build_form(self, form: type[Form], has_variables: bool) -> dict[str, Json]:
        required = form.list_required()
        keys = {key.name: Described(key.reader.schema, key.text, key.default) for key in form.keys.values()}
        return {
            "type": "object",
            **({} if form.is_open else {"additionalProperties": False}),
            **({"patternProperties": {"^x-": {}}} if form.has_extensions else {}),
            **({"required": required} if required else {}),
            "properties": self._build_part(keys, has_variables),
            **self.build(form.rules),
        }


def _allow_variable(scalar: dict[str, Json]) -> dict[str, Json]:
    if "enum" in scalar:
        return {"anyOf": [scalar, {"type": "string", "pattern": f"^({_VARIABLE})"}]}
    if "pattern" in scalar:
        return {**scalar, "pattern": f"^({_VARIABLE}|{scalar['pattern'].removeprefix('^')})"}
    return {**scalar, "type": [scalar["type"], "string"], "pattern": f"^({_VARIABLE})"}


def build_project_schema() -> Json:
    """Return the schema of contracts.yaml."""
    builder = SchemaBuilder()
    root = builder.build(ProjectForm)
    return _build_document("contracts.yaml: specs, folders and environments of a project", root, builder)


def build_contract_schema() -> Json:
    """Return the schema of a file below the folder of the contracts; its first key says which form it has."""
    builder = SchemaBuilder()
    roots = {word: builder.build(form) for word, form in CONTRACT_FILES.items()}
    root: Json = {
        "anyOf": [{"required": [word]} for word in roots],
        "properties": {word: {"description": form.keys[word].text} for word, form in CONTRACT_FILES.items()},
    }
    for word, schema in reversed(roots.items()):
        root = {"if": {"required": [word]}, "then": schema, "else": root}
    title = "A contract file: scenarios, or what tables of the warehouse hold"
    return _build_document(title, {"type": "object", **root}, builder)


def _build_document(title: str, root: Json, builder: SchemaBuilder) -> Json:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "$comment": "For editors; generated, not written by hand. It says the same in draft-07.",
        **({"allOf": [root]} if "$ref" in root else root),
        "$defs": builder.definitions,
    }


def build_results_schema() -> dict[str, Json]:
    """Return the JSON Schema of results.json as this version writes it: every key is there, beside those that are left
    out where there is nothing to say, and no other."""
    schema = msgspec.json.schema(Results)
    for definition in schema["$defs"].values():
        del definition["title"]
        if "properties" in definition:
            always = definition.get("required", ())
            # What is left out has a default that JSON cannot say.
            definition["required"] = [
                name for name, member in definition["properties"].items() if name in always or "default" in member
            ]
            definition["additionalProperties"] = False
            for member in definition["properties"].values():
                member.pop("default", None)
    title = schema["$defs"]["Results"].pop("description")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **schema}
