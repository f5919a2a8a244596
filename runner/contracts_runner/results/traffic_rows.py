"""What a run that sends nothing has looked at: files of traffic that somebody else has recorded."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct


class LeftOut(StrEnum):
    """Why an entry of recorded traffic is not judged."""

    NO_HTTP = "no request of HTTP with an answer"  # data:, blob:, a socket
    ELSEWHERE = "to another address"
    CACHED = "answered by a cache"
    PREFLIGHT = "a preflight of the browser"
    ABANDONED = "given up by the client"
    PAGE = "a page, or what it is made of"
    UNKNOWN = "no operation of a document"


_Count = Annotated[int, Meta(ge=0)]


class TrafficFile(Struct, frozen=True, kw_only=True):
    """A file of recorded traffic: each entry is judged or left out."""

    file: str
    sha256: str
    entries: _Count
    judged: _Count
    left_out: Annotated[Mapping[str, _Count], Meta(description=f"Reason -> entries: {', '.join(LeftOut)}.")] = {}
