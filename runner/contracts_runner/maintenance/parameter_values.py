"""Checks the value of a parameter against its schema as it goes over the wire: as text."""

import json

from contracts_runner.model.contract import Unset
from contracts_runner.model.json import Json
from contracts_runner.openapi.schemas import SchemaStore


def find_parameter_mismatch(schemas: SchemaStore, pointer: str, value: Json | Unset) -> str | None:
    """Return why a value breaks the schema at `pointer`, None if it does not or is not known.

    5 and "5" are sent as the same text, so each may stand for the other.
    """
    if isinstance(value, Unset):
        return None
    errors = schemas.check_request(pointer, value)
    if not errors or any(not schemas.check_request(pointer, reading) for reading in _list_readings(value)):
        return None
    return f"{errors[0].path[1:]} {errors[0].message}".strip()


def _list_readings(value: Json) -> list[Json]:
    if isinstance(value, bool | int | float):
        return [json.dumps(value)]
    if not isinstance(value, str):
        return []
    try:
        reading = json.loads(value)
    except ValueError:
        return []
    return [reading] if isinstance(reading, bool | int | float) else []
