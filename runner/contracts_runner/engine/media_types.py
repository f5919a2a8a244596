"""Which declared media type a request or a response has, and which media types are read as data (OpenAPI 3.1 §4.8.14,
RFC 9110 §12.5.1; docs/design.md, Answers)."""

from collections.abc import Mapping
from enum import StrEnum

from contracts_runner.model.http import is_json_type, parse_media_type, strip_parameters
from contracts_runner.model.spec import Operation

JSON = "application/json"


class DataKind(StrEnum):
    """How the body of a media type is read as data."""

    JSON = "JSON"
    SEQUENCE = "a sequence of JSON texts"
    CSV = "CSV"
    FORM = "form data"


_KINDS = {
    **dict.fromkeys(
        ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"),
        DataKind.SEQUENCE,
    ),
    "application/json-seq": DataKind.SEQUENCE,
    "text/csv": DataKind.CSV,
    "application/x-www-form-urlencoded": DataKind.FORM,
}


def choose_media_type(operation: Operation) -> str:
    """Return the media type to send: JSON where it is declared or nothing is, else the first declared one."""
    declared = list(operation.body.schemas) if operation.body else []
    first = declared[0] if declared and "*" not in declared[0] else JSON
    return next(filter(is_json_type, declared), first)


def find_data_kind(media_type: str) -> DataKind | None:
    """Return how bodies of a media type are read as data, None for one that is not."""
    if is_json_type(media_type):
        return DataKind.JSON
    essence = strip_parameters(media_type)
    return DataKind.SEQUENCE if essence.endswith("+json-seq") else _KINDS.get(essence)  # RFC 8091


def find_media_type(declared: Mapping[str, str], actual: str) -> str | None:
    """Return the key of `declared` that fits best: the type itself, `application/*+json`, `application/*`, `*/*`.

    The parameters of a key must be there; of keys that differ only in them the one with most fits best.
    """
    essence, given = parse_media_type(actual)
    ranges = _list_ranges(essence)
    fitting = []
    for key in declared:
        name, wanted = parse_media_type(key)
        if name in ranges and _has_parameters(given, wanted, is_json=is_json_type(essence)):
            fitting.append((ranges.index(name), -len(wanted), key))
    return min(fitting, key=lambda found: found[:2])[2] if fitting else None


def _has_parameters(given: Mapping[str, str], wanted: Mapping[str, str], *, is_json: bool) -> bool:
    # JSON is UTF-8, whether that is said or not (RFC 8259 §8.1).
    implied = {"charset": "utf-8"} if is_json else {}
    return wanted.items() <= (implied | dict(given)).items()


def _list_ranges(media_type: str) -> list[str]:
    type_, _, subtype = media_type.partition("/")
    _, plus, suffix = subtype.rpartition("+")
    with_suffix = [f"{type_}/*+{suffix}"] if plus else []
    return [media_type, *with_suffix, f"{type_}/*", "*/*"]
