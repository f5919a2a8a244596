"""Server-sent events in the bytes of a body (https://html.spec.whatwg.org/multipage/server-sent-events.html), read as
they come."""

import re

EVENT_STREAM = "text/event-stream"

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_FIELDS = (b"event", b"data", b"id")

Event = dict[str, bytes | None]


class EventReader:
    """Reads `events` from a body that grows, at most `most` of them; `end` is the offset behind the last one.

    An event has the fields that came with it, None for the others: what is remembered of an earlier one is not its own.
    """

    def __init__(self, most: int | None = None) -> None:
        self.events: list[Event] = []
        self.end = 0
        self._most = most
        self._line = 0  # where the line begins that is not whole yet
        self._searched = 0  # up to where there is no end of it
        self._found: dict[bytes, list[bytes]] = {}

    @property
    def has_all(self) -> bool:
        """True if no event more is wanted."""
        return len(self.events) == self._most

    def read(self, body: bytes | bytearray) -> None:
        """Take what has come since the last call; `body` is all that came."""
        if body[self._line - 1 : self._line + 1] == b"\r\n":
            # The two came apart.
            self._line += 1
        self._searched = max(self._searched, self._line)
        while not self.has_all and (match := _LINE_END.search(body, self._searched)):
            self._take(bytes(body[self._line : match.start()]), match.end())
            self._line = self._searched = match.end()
        self._searched = max(self._searched, len(body))

    def _take(self, line: bytes, end: int) -> None:
        if self._line == 0:
            line = line.removeprefix(_BYTE_ORDER_MARK)
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if not line:
            if b"data" in self._found:
                self.events.append({field.decode(): self._join(field) for field in _FIELDS})
                self.end = end
            self._found = {}
        elif name == b"data":
            self._found.setdefault(name, []).append(value)
        elif name == b"event" or (name == b"id" and b"\0" not in value):
            self._found[name] = [value]

    def _join(self, field: bytes) -> bytes | None:
        return b"\n".join(self._found[field]) if field in self._found else None
