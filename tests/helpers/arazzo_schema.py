"""The JSON Schema that the OpenAPI Initiative publishes for Arazzo 1.0.x."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs


def find_mistakes(document: Any) -> list[str]:
    """Return what breaks the schema, each with its place."""
    return [f"{error.instance_path}: {error.message}" for error in _compile().iter_errors(document)]


@cache
def _compile() -> Any:
    path = Path(__file__).parent / "arazzo" / "schema-1.0.json"
    schema = json.loads(path.read_text(encoding="utf-8"))
    # It wants a stepId of a retry, too, which the specification (Failure Action Object) leaves out: that of its own
    # example does not have one.
    schema["$defs"]["failure-action-object"]["allOf"][0]["if"]["properties"]["type"]["enum"].remove("retry")
    return jsonschema_rs.validator_for(schema)
