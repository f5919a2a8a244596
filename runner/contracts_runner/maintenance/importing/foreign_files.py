"""Reads the files that other tools have written, whichever they are."""

import json
from collections.abc import Mapping

from contracts_runner.maintenance.importing.curl_commands import read_curl
from contracts_runner.maintenance.importing.foreign_requests import (
    MOST_LEVELS,
    MOST_REQUESTS,
    ForeignFile,
    ForeignFileError,
    decode_text,
)
from contracts_runner.maintenance.importing.har_entries import is_har, read_har
from contracts_runner.maintenance.importing.postman_items import (
    is_collection,
    is_environment,
    read_collection,
    read_environment_file,
)
from contracts_runner.model.json import Json, is_deeper

_FORMS = "command lines of curl, a HAR archive, or a collection of Postman 2.1"


def read_files(files: Mapping[str, bytes]) -> ForeignFile:
    """Return the requests of all files; the variables of an environment of Postman count for its collections."""
    whole, collections = ForeignFile(), {}
    environment: dict[str, str] = {}
    for name, content in files.items():
        value = _parse(name, content)
        if is_har(value):
            _add(whole, read_har(value, name))
        elif is_collection(value):
            collections[name] = value
        elif is_environment(value):
            variables = read_environment_file(value)
            environment |= variables.values
            whole.secrets += variables.secrets
        elif isinstance(value, str):
            _add(whole, read_curl(value, name))
        else:
            raise ForeignFileError(f"{name} is none of: {_FORMS}")
    for name, value in collections.items():
        _add(whole, read_collection(value, name, environment))
    if len(whole.requests) > MOST_REQUESTS:
        raise ForeignFileError(f"there are {len(whole.requests)} requests, more than {MOST_REQUESTS}; export fewer")
    return whole


def _add(whole: ForeignFile, found: ForeignFile) -> None:
    whole.requests += found.requests
    whole.notes += found.notes
    whole.secrets += found.secrets


def _parse(name: str, content: bytes) -> Json:
    """Return the value of a JSON document, else the text."""
    text = decode_text(name, content, way_out="; export fewer requests")
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise ForeignFileError(f"{name}:{error.lineno}: this is no JSON: {error.msg}") from None
    except (ValueError, RecursionError):
        value = None
    if value is None or is_deeper(value, MOST_LEVELS):
        raise ForeignFileError(f"{name} is no JSON that can be read, or nested more than {MOST_LEVELS} times")
    return value
