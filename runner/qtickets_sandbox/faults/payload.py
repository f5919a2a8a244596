"""Faults of the data: types, fields, pages and filters that are not what was promised."""

import copy
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from qtickets_sandbox.faults.types import Answer, Setting
from qtickets_sandbox.http import Request, Response

_FILTERS = ("where", "orderBy")


def ignore_filters(answer: Answer, _setting: Setting) -> Answer:
    """Drop where and orderBy from the request."""

    def ignore(request: Request) -> Response:
        body = {key: value for key, value in request.fields.items() if key not in _FILTERS}
        return answer(replace(request, body=body) if request.method == "GET" else request)

    return ignore


def change_types(answer: Answer, _setting: Setting) -> Answer:
    """Turn prices and ids into text."""

    def change(payload: Any) -> None:
        for entry in _iter_objects(payload):
            for name in ("price", "event_id", "id"):
                if isinstance(entry.get(name), int | float):
                    entry[name] = f"{entry[name]} "

    return _on_payload(answer, change)


def drop_update_times(answer: Answer, _setting: Setting) -> Answer:
    """Leave out updated_at wherever it is."""
    return _drop_field(answer, "updated_at")


def drop_seat_ids(answer: Answer, _setting: Setting) -> Answer:
    """Leave out seat_id wherever it is."""
    return _drop_field(answer, "seat_id")


def drop_event_names(answer: Answer, _setting: Setting) -> Answer:
    """Leave out event_name wherever it is."""
    return _drop_field(answer, "event_name")


def leak_person(answer: Answer, _setting: Setting) -> Answer:
    """Add a field with an invented person's data to every object answer."""

    def leak(payload: Any) -> None:
        if isinstance(payload, dict):
            payload["debug"] = {"user": "user@example.com", "phone": "+70000000000"}

    return _on_payload(answer, leak)


def miscount(answer: Answer, _setting: Setting) -> Answer:
    """Report one row more than there is in `paging.total`."""

    def count(payload: Any) -> None:
        if isinstance(payload, dict) and "paging" in payload:
            payload["paging"]["total"] += 1

    return _on_payload(answer, count)


def repeat_row(answer: Answer, _setting: Setting) -> Answer:
    """Put the first row of a page twice in it."""

    def repeat(payload: Any) -> None:
        rows = _page_rows(payload)
        if len(rows) > 1:
            rows[1] = copy.deepcopy(rows[0])

    return _on_payload(answer, repeat)


def reverse_rows(answer: Answer, _setting: Setting) -> Answer:
    """Turn the order of every page round."""
    return _on_payload(answer, lambda payload: _page_rows(payload).reverse())


def overlap_pages(answer: Answer, _setting: Setting) -> Answer:
    """Begin each page but the first with the last row of the page before."""

    def overlap(request: Request) -> Response:
        response = answer(request)
        page = _asked_page(request)
        rows = _page_rows(response.payload) if response.status == 200 else []
        if page < 2 or not rows:
            return response
        before = _page_rows(answer(replace(request, body={**request.fields, "page": page - 1})).payload)
        payload = {**response.payload, "data": [before[-1], *rows[1:]]}
        return replace(response, payload=payload)

    return overlap


def drop_offsets(answer: Answer, _setting: Setting) -> Answer:
    """Leave the offset out of every date."""

    def drop(payload: Any) -> None:
        for entry in _iter_objects(payload):
            for name, value in entry.items():
                if isinstance(value, str) and value.endswith("+03:00"):
                    entry[name] = value.removesuffix("+03:00")

    return _on_payload(answer, drop)


def answer_null(answer: Answer, _setting: Setting) -> Answer:
    """Put null where data or result is due."""

    def clear(payload: Any) -> None:
        for name in ("data", "result"):
            if isinstance(payload, dict) and name in payload:
                payload[name] = None

    return _on_payload(answer, clear)


def freeze_hash(answer: Answer, _setting: Setting) -> Answer:
    """Give every show the same last_update_hash for ever."""
    return _on_payload(answer, lambda payload: _set_hash(payload, "0" * 40))


def shake_hash(answer: Answer, _setting: Setting) -> Answer:
    """Give another last_update_hash with every answer."""
    counter = itertools.count(1)
    return _on_payload(answer, lambda payload: _set_hash(payload, f"{next(counter):040x}"))


def swap_event(answer: Answer, _setting: Setting) -> Answer:
    """Answer in the name of another event."""

    def swap(payload: Any) -> None:
        if isinstance(payload, dict) and "event_id" in payload:
            payload["event_id"] += 1

    return _on_payload(answer, swap)


def _drop_field(answer: Answer, name: str) -> Answer:
    def drop(payload: Any) -> None:
        for entry in _iter_objects(payload):
            entry.pop(name, None)

    return _on_payload(answer, drop)


def _on_payload(answer: Answer, change: Callable[[Any], object]) -> Answer:
    """Let `change` edit a copy of each payload that is answered with 200."""

    def changed(request: Request) -> Response:
        response = answer(request)
        if response.status != 200 or response.text is not None:
            return response
        payload = copy.deepcopy(response.payload)
        change(payload)
        return replace(response, payload=payload)

    return changed


def _iter_objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for each in list(value.values() if isinstance(value, dict) else value):
            yield from _iter_objects(each)


def _page_rows(payload: Any) -> list[Any]:
    rows = payload.get("data") if isinstance(payload, dict) and "paging" in payload else []
    return rows if isinstance(rows, list) else []


def _set_hash(payload: Any, value: str) -> None:
    for entry in _iter_objects(payload):
        if "last_update_hash" in entry:
            entry["last_update_hash"] = value


def _asked_page(request: Request) -> int:
    page = request.fields.get("page", request.query.get("page", 1))
    return int(page) if str(page).isdigit() else 1
