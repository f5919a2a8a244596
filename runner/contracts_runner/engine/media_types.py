"""Which declared media type a request or a response has (OpenAPI 3.1 §4.8.14, RFC 9110 §12.5.1)."""

from collections.abc import Mapping

from contracts_runner.model.http import strip_parameters
from contracts_runner.model.spec import Operation

JSON = "application/json"


def choose_media_type(operation: Operation) -> str:
    """Return the media type to send: JSON where it is declared or nothing is, else the first declared one."""
    declared = list(operation.body.schemas) if operation.body else []
    first = declared[0] if declared and "*" not in declared[0] else JSON
    return next(filter(is_json_type, declared), first)


def is_json_type(media_type: str) -> bool:
    """True for application/json and every +json type (RFC 6839 §3.1)."""
    essence = strip_parameters(media_type)
    return essence == JSON or essence.endswith("+json")


def find_media_type(declared: Mapping[str, str], actual: str) -> str | None:
    """Return the key of `declared` that fits best: the type itself, `application/*+json`, `application/*`, `*/*`.

    Parameters and case are ignored.
    """
    by_name = {strip_parameters(key): key for key in reversed(list(declared))}
    return next((by_name[name] for name in _list_ranges(strip_parameters(actual)) if name in by_name), None)


def _list_ranges(media_type: str) -> list[str]:
    type_, _, subtype = media_type.partition("/")
    _, plus, suffix = subtype.rpartition("+")
    with_suffix = [f"{type_}/*+{suffix}"] if plus else []
    return [media_type, *with_suffix, f"{type_}/*", "*/*"]
