"""Reads the parts of a body of multipart/form-data (RFC 7578)."""

from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP

from contracts_runner.maintenance.importing.foreign_requests import ForeignPart
from contracts_runner.maintenance.importing.sent_values import UnreadableValueError


def split_parts(body: bytes, media_type: str) -> list[ForeignPart]:
    """Return the parts; raises UnreadableValueError for what has none."""
    head = b"Content-Type: " + media_type.encode("latin-1", "replace") + b"\r\n\r\n"
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    parts = message.get_payload()
    if not isinstance(parts, list):
        raise UnreadableValueError("its body is not in parts, as its media type says")
    return [_build_part(part) for part in parts if isinstance(part, Message)]


def _build_part(part: Message) -> ForeignPart:
    content = part.get_payload(decode=True)
    name = part.get_param("name", header="content-disposition")
    return ForeignPart(
        name=str(name or ""),
        content=content if isinstance(content, bytes) else b"",
        filename=part.get_filename(),
        media_type=str(part.get("Content-Type", "")),
    )
