"""Which media types are read as data, and how (docs/design.md, Answers)."""

from enum import StrEnum

from contracts_runner.model.event_stream import EVENT_STREAM
from contracts_runner.model.http import FORM, is_json_type, strip_parameters


class DataKind(StrEnum):
    """How the body of a media type is read as data."""

    JSON = "JSON"
    SEQUENCE = "a sequence of JSON texts"
    CSV = "CSV"
    FORM = "form data"
    EVENTS = "a stream of events"
    MULTIPART = "multipart"


_KINDS = {
    **dict.fromkeys(
        ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"),
        DataKind.SEQUENCE,
    ),
    "application/json-seq": DataKind.SEQUENCE,
    "text/csv": DataKind.CSV,
    EVENT_STREAM: DataKind.EVENTS,
    FORM: DataKind.FORM,
}


def find_data_kind(media_type: str) -> DataKind | None:
    """Return how bodies of a media type are read as data, None for one that is not."""
    if is_json_type(media_type):
        return DataKind.JSON
    essence = strip_parameters(media_type)
    if essence.startswith("multipart/"):
        return DataKind.MULTIPART
    return DataKind.SEQUENCE if essence.endswith("+json-seq") else _KINDS.get(essence)  # RFC 8091
