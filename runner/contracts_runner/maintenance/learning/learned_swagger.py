"""What was learned in the form of Swagger 2.0, where the document has that."""

from collections.abc import Mapping
from typing import Any


def write_for_swagger(update: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return an update of a place as Swagger 2.0 has it; None where it has no form for that: the media types of one
    answer, a header of several types."""
    if "content" in update:
        return None
    if "headers" in update:
        headers = {name: {**header["schema"], **header} for name, header in update["headers"].items()}
        for header in headers.values():
            del header["schema"]
        return {"headers": headers} if all("type" in header for header in headers.values()) else None
    return {key: _write_answer(value) if key.isdecimal() else value for key, value in _rename(update).items()}


def _write_answer(answer: Mapping[str, Any]) -> dict[str, Any]:
    schemas = [content["schema"] for content in answer.get("content", {}).values() if "schema" in content]
    rest = {key: value for key, value in answer.items() if key != "content"}
    return {**rest, **({"schema": schemas[0]} if len(schemas) == 1 else {})}


def _rename(value: Any) -> Any:
    """Return a value with the word that tools have for null in Swagger 2.0."""
    if isinstance(value, Mapping):
        return {"x-nullable" if key == "nullable" else key: _rename(each) for key, each in value.items()}
    return [_rename(each) for each in value] if isinstance(value, list) else value
