"""The JSON Schemas of the types of the run record."""

from typing import Any

import msgspec

from contracts_runner.model.json import Json
from contracts_runner.results.results import Results


def build_results_schema() -> dict[str, Json]:
    """Return the JSON Schema of results.json as this version writes it: every key is there, and no other."""
    schema = msgspec.json.schema(Results)
    for definition in schema["$defs"].values():
        del definition["title"]
        if "properties" in definition:
            definition["required"] = list(definition["properties"])
            definition["additionalProperties"] = False
            for member in definition["properties"].values():
                member.pop("default", None)
    title = schema["$defs"]["Results"].pop("description")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title, **schema}


def describe_types(*types: type[Any]) -> dict[str, dict[str, Json]]:
    """Return name -> JSON Schema of the types and of all that they are made of, those first."""
    _, definitions = msgspec.json.schema_components(types)
    return {**{each.__name__: definitions[each.__name__] for each in types}, **definitions}
