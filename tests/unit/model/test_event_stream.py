"""Server-sent events are the same wherever the network cut them apart."""

import pytest

from contracts_runner.model.event_stream import EventReader

STREAM = (
    b"\xef\xbb\xbf: hi\r\nevent: a\r\ndata: 1\r\n\r\ndata\nid:2\n\nid: 3\r\r"
    b"data: x\rdata:  y\r\r\nid: a\0b\ndata: 4\n\n"
)
EVENTS = [
    {"event": b"a", "data": b"1", "id": None},
    {"event": None, "data": b"", "id": b"2"},
    {"event": None, "data": b"x\n y", "id": None},
    {"event": None, "data": b"4", "id": None},
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, len(STREAM)])
def test_events_do_not_depend_on_how_they_come(size: int) -> None:
    reader = EventReader()

    for end in range(size, len(STREAM) + size, size):
        reader.read(STREAM[:end])

    assert reader.events == EVENTS
    assert reader.end == len(STREAM)


@pytest.mark.parametrize("most", [1, 2, 4])
def test_no_more_events_are_read_than_are_wanted(most: int) -> None:
    reader = EventReader(most)

    reader.read(STREAM)

    assert (reader.events, reader.has_all) == (EVENTS[:most], True)


def test_a_stream_that_is_cut_off_has_its_whole_events() -> None:
    reader = EventReader(2)

    reader.read(b"data: 1\n\ndata: 2\n")

    assert (len(reader.events), reader.end, reader.has_all) == (1, 9, False)
