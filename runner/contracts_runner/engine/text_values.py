"""Reads the texts of headers, forms and tables as the values that a schema is about (OpenAPI 3.1, style `simple`)."""

from collections.abc import Callable, Iterator, Mapping

from contracts_runner.errors import UndecidedError
from contracts_runner.model.json import Json, parse_json
from contracts_runner.model.json_pointer import Pointer
from contracts_runner.model.spec import Header
from contracts_runner.openapi.explain import UNLISTED, SchemaError

Check = Callable[[Json], list[SchemaError]]

# Hostile text is not parsed as deep JSON.
_MAX_COLLECTIONS = 100


def check_header_text(check: Check, header: Header, text: str) -> list[SchemaError]:
    """Return how a header breaks its schema: as text, or as the value that the text means.

    A text is read as another type only where the schema refuses text: `5` as an integer, `true` as a boolean, `a, b` as
    a list, `a,1` (exploded: `a=1`) as an object.
    """
    if header.is_json:
        return check(read_json(text))
    errors = check_texts(check, text)
    for value in _iter_collections(text, explode=header.explode) if _is_type_wrong(errors, ()) else ():
        found = check_texts(check, value)
        if not _is_type_wrong(found, ()):
            return found
    return errors


def check_texts(check: Check, value: Json) -> list[SchemaError]:
    """Return how a value breaks its schema, each of its texts read as a number, boolean or null where the schema
    refuses a text there; raises UndecidedError where it is not known in which places it does."""
    errors = check(value)
    if any(error.keyword == UNLISTED for error in errors):
        raise UndecidedError("the texts are refused in too many places to read them as the values that they may mean")
    places = {error.pointer for error in errors if _is_type_wrong([error], error.pointer)}
    read = _read_places(value, (), places)
    if read == value and type(read) is type(value):
        return errors
    return check(read)


def check_fields(check: Check, fields: Mapping[str, Json]) -> list[SchemaError]:
    """Return how the fields of a form break its schema; one that came once may be a list of one."""
    errors = check_texts(check, fields)
    single = [name for name in fields if not isinstance(fields[name], list) and _is_type_wrong(errors, (name,))]
    lists = check_texts(check, {**fields, **{name: [fields[name]] for name in single}}) if single else errors
    return errors if any(_is_type_wrong(lists, (name,)) for name in single) else lists


def read_json(text: str) -> Json:
    """Return the value of a JSON text, the text itself if it is none (RFC 8259: NaN and 1e999 are none)."""
    if text.count("[") + text.count("{") > _MAX_COLLECTIONS:
        return text
    try:
        return parse_json(text)
    except ValueError:
        return text


def read_scalar(text: str) -> Json:
    """Return the number, boolean or null of a text, else the text."""
    value = read_json(text)
    return text if isinstance(value, str | list | Mapping) else value


def _read_places(value: Json, pointer: Pointer, places: set[Pointer]) -> Json:
    if isinstance(value, str):
        return read_scalar(value) if pointer in places else value
    if isinstance(value, list):
        return [_read_places(item, (*pointer, index), places) for index, item in enumerate(value)]
    if isinstance(value, Mapping):
        return {name: _read_places(item, (*pointer, name), places) for name, item in value.items()}
    return value


def _iter_collections(text: str, *, explode: bool) -> Iterator[Json]:
    whole = read_json(text)
    if isinstance(whole, list | Mapping):
        yield whole
    items = [item.strip() for item in text.split(",")] if text else []
    yield items
    if explode and all("=" in item for item in items):
        yield dict(item.split("=", 1) for item in items)
    elif not explode and len(items) % 2 == 0:
        yield dict(zip(items[::2], items[1::2], strict=True))


def _is_type_wrong(errors: list[SchemaError], pointer: Pointer) -> bool:
    return any(error.keyword in ("type", "oneOf", "anyOf") and error.pointer == pointer for error in errors)
