"""Checks the text of a response header against its schema, whose types HTTP does not write down."""

import json
from collections.abc import Iterator

from contracts_runner.model.json import Json
from contracts_runner.openapi.explain import SchemaError
from contracts_runner.openapi.schemas import SchemaStore

# Hostile text is not parsed as deep JSON.
_MAX_COLLECTIONS = 100


def check_header_text(schemas: SchemaStore, pointer: str, text: str) -> list[SchemaError]:
    """Return how a header breaks the schema at `pointer`: as text, or as the value that the text stands for.

    A value is read as another type only where the schema refuses text: `5` as an integer, `true` as a boolean, `a, b`
    as a list (style `simple`), JSON as itself.
    """
    errors = schemas.check_response(pointer, text)
    for value in _iter_readings(text) if _is_type_wrong(errors) else ():
        found = schemas.check_response(pointer, value)
        if not _is_type_wrong(found):
            return found
    return errors


def _iter_readings(text: str) -> Iterator[Json]:
    whole = _read_json(text)
    if not isinstance(whole, str):
        yield whole
    items = [item.strip() for item in text.split(",")] if text else []
    yield items
    yield [_read_json(item) for item in items]
    if all("=" in item for item in items):
        pairs = dict(item.split("=", 1) for item in items)
        yield pairs
        yield {name: _read_json(item) for name, item in pairs.items()}


def _is_type_wrong(errors: list[SchemaError]) -> bool:
    return any(error.keyword in ("type", "oneOf", "anyOf") for error in errors)


def _read_json(text: str) -> Json:
    if text.count("[") + text.count("{") > _MAX_COLLECTIONS:
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text
