"""Schemas of older drafts of JSON Schema, which a 3.1 document may hold under their own `$schema`, as ones of 2020-12.

Sources: the drafts and their change logs, https://json-schema.org/specification-links. `$recursiveRef` is not read.
"""

from collections.abc import Mapping
from enum import IntEnum

from contracts_runner.model.json import Json


class Draft(IntEnum):
    """A draft of JSON Schema, older ones less."""

    DRAFT_4 = 4
    DRAFT_6 = 6
    DRAFT_7 = 7
    DRAFT_2019 = 2019
    DRAFT_2020 = 2020


DIALECTS: Mapping[str, Draft] = {
    **{f"http://json-schema.org/draft-0{number}/schema": Draft(number) for number in (4, 6, 7)},
    "https://json-schema.org/draft/2019-09/schema": Draft.DRAFT_2019,
    "https://json-schema.org/draft/2020-12/schema": Draft.DRAFT_2020,
    "https://spec.openapis.org/oas/3.1/dialect/base": Draft.DRAFT_2020,
}
_DIALECT_KEYS = ("$schema", "jsonSchemaDialect")
# Keyword -> the first draft that has it; an older one ignores it.
_SINCE: Mapping[str, Draft] = {
    **dict.fromkeys(("const", "contains", "propertyNames"), Draft.DRAFT_6),
    **dict.fromkeys(("if", "then", "else"), Draft.DRAFT_7),
    **dict.fromkeys(
        (
            *("dependentRequired", "dependentSchemas", "unevaluatedItems", "unevaluatedProperties"),
            *("minContains", "maxContains"),
        ),
        Draft.DRAFT_2019,
    ),
    **dict.fromkeys(("prefixItems", "$dynamicRef"), Draft.DRAFT_2020),
}


def find_document_draft(document: Mapping[str, Json]) -> Draft:
    """Return the draft of a document's schemas that name none themselves."""
    return find_draft({"$schema": document.get("jsonSchemaDialect")}, Draft.DRAFT_2020)


def find_draft(schema: Json, default: Draft) -> Draft:
    """Return the draft that a schema names by `$schema`, else the one around it."""
    named = schema.get("$schema") if isinstance(schema, Mapping) else None
    return DIALECTS.get(named.rstrip("#"), default) if isinstance(named, str) else default


def leave_out_older(value: Json) -> Json:
    """Return a document without what its older schemas say, and without names of dialects: for a reader that knows
    2020-12 only."""
    if isinstance(value, list):
        return [leave_out_older(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    is_older = find_draft(value, Draft.DRAFT_2020) is not Draft.DRAFT_2020
    kept = {key: item for key, item in value.items() if key not in _DIALECT_KEYS or not isinstance(item, str)}
    return {} if is_older else {key: leave_out_older(item) for key, item in kept.items()}


def modernise(schema: Mapping[str, Json], draft: Draft) -> Mapping[str, Json]:
    """Return a schema of a draft as one of 2020-12; the schemas inside of it stay as they are."""
    if draft is Draft.DRAFT_2020:
        return schema
    if draft <= Draft.DRAFT_7 and isinstance(schema.get("$ref"), str):
        return {"$ref": schema["$ref"]}
    result = {key: value for key, value in schema.items() if _SINCE.get(key, draft) <= draft}
    if isinstance(result.get("items"), list):
        result["prefixItems"] = result.pop("items")
        if "additionalItems" in schema:
            result["items"] = schema["additionalItems"]
    if isinstance(dependencies := result.get("dependencies"), Mapping):
        result["dependentRequired"] = {name: value for name, value in dependencies.items() if isinstance(value, list)}
        result["dependentSchemas"] = {
            name: value for name, value in dependencies.items() if not isinstance(value, list)
        }
    return translate_limits(result) if draft is Draft.DRAFT_4 else result


def translate_limits(schema: dict[str, Json]) -> dict[str, Json]:
    """Return a schema where `exclusiveMinimum` may be a flag (draft 4, OpenAPI 3.0) with numbers in these places."""
    for limit in ("minimum", "maximum"):
        exclusive = "exclusive" + limit.capitalize()
        if not isinstance(schema.get(exclusive), bool):
            continue
        if schema.pop(exclusive) and limit in schema:
            schema[exclusive] = schema.pop(limit)
    return schema
