"""The pages of one walk for all that want them: each is asked for once, whoever reads it first."""

import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import field

from contracts_runner.dataclass import dataclass
from contracts_runner.model.json import Json


@dataclass(slots=True)
class Room:
    """How many bytes may be kept."""

    left: int


@dataclass(slots=True)
class SharedWalk:
    """The bodies of the pages, as often as they are wanted; for one thread.

    They are kept, compressed, while there is room. `is_lost`: some were not kept, and who begins now must make the walk
    again. A walk that broke gives its reason at once. `artifacts`: of the requests that were sent until now.
    """

    bodies: Iterator[Json]
    room: Room
    artifacts: Sequence[str] = ()
    is_lost: bool = False
    _kept: list[bytes] = field(default_factory=list)
    _error: Exception | None = None

    def __iter__(self) -> Iterator[Json]:
        read = 0
        while self._error is None:
            if read < len(self._kept):
                body = json.loads(zlib.decompress(self._kept[read]))
            else:
                try:
                    body = next(self.bodies)
                except StopIteration:
                    return
                except Exception as error:
                    # Whatever it was, the pages end here: a later reader must not take them for all.
                    self._error = error
                    raise
                self._keep(body)
            read += 1
            yield body
        raise self._error

    def _keep(self, body: Json) -> None:
        """Keep a page, or, where there is no room for it, none of the walk."""
        if self.is_lost:
            return
        packed = zlib.compress(json.dumps(body).encode(), 1)
        self._kept.append(packed)
        self.room.left -= len(packed)
        if self.room.left < 0:
            self.room.left += sum(map(len, self._kept))
            self._kept.clear()
            self.is_lost = True
