"""Makes schema/results.schema.json from the types of the results."""

import json
from typing import Any

import msgspec

from contracts_runner.model.json import Json
from contracts_runner.results.results import Results

# Where the schema lies in the package.
PATH = "schema/results.schema.json"


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


def render_results_schema() -> str:
    """Return the text of the schema's file."""
    return json.dumps(build_results_schema(), indent=2, ensure_ascii=False) + "\n"


def describe_types(*types: type[Any]) -> dict[str, dict[str, Json]]:
    """Return name -> JSON Schema of the types and of all that they are made of, those first."""
    _, definitions = msgspec.json.schema_components(types)
    return {**{each.__name__: definitions[each.__name__] for each in types}, **definitions}
