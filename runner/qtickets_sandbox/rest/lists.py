"""Lists in pages: which rows a request asks for, and its `paging` (docs/qtickets.md, Lists)."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, assert_never

from qtickets_sandbox.envelopes import RestError
from qtickets_sandbox.rest.call import RestCall
from qtickets_sandbox.rest.filters import (
    BadCondition,
    UnknownColumn,
    check_columns,
    check_operators,
    select_rows,
    sort_rows,
)

Item = TypeVar("Item")

_SHOWN_OPERATORS = ("=", "null")


def list_page(
    call: RestCall, items: list[Item], render: Callable[[Item], dict[str, Any]], *, per_page: int
) -> dict[str, Any]:
    """Return `{data, paging}` for the page that the call asks for; `per_page` is fixed per resource."""
    asked = read_list_parameters(call)
    rows: list[Mapping[str, Any]] = [render(item) for item in items]
    where = asked.get("where")
    if call.switches.list_operators == "shown":
        _require_shown_operators(call, where)
    rows = sort_rows(filter_rows(call, rows, where), asked.get("orderBy"))
    page = _page_number(asked.get("page"))
    last = max(1, -(-len(rows) // per_page))
    if page > last and call.switches.page_past_end == "last":
        page = last
    start = (page - 1) * per_page
    return {
        "data": rows[start : start + per_page],
        "paging": {"perPage": per_page, "currentPage": page, "total": len(rows)},
    }


def filter_rows(call: RestCall, rows: list[Mapping[str, Any]], where: object) -> list[Mapping[str, Any]]:
    """Return the rows that satisfy `where`; a column that is not there counts as `unknown_column` says."""
    try:
        check_columns(rows, where)
        return select_rows(rows, where)
    except BadCondition as error:
        raise call.invalid(str(error)) from error
    except UnknownColumn as error:
        return _answer_unknown_column(call, rows, str(error))


def _require_shown_operators(call: RestCall, where: object) -> None:
    try:
        check_operators(where, _SHOWN_OPERATORS)
    except BadCondition as error:
        raise call.invalid(str(error)) from error


def _answer_unknown_column(call: RestCall, rows: list[Mapping[str, Any]], column: str) -> list[Mapping[str, Any]]:
    match call.switches.unknown_column:
        case "empty":
            return []
        case "ignore":
            return rows
        case "validation_error":
            status = call.switches.rest_invalid_status
            raise RestError(status, "VALIDATION_ERROR", f"unknown column {column}")
        case "server_error":
            raise RestError.unknown()
        case _ as policy:
            assert_never(policy)


def read_list_parameters(call: RestCall) -> dict[str, Any]:
    """Return `where`, `orderBy`, `page` and the like from where the service reads them.

    The JSON body of the GET is the documented place. In the query string a filter was observed to be
    ignored, whether as plain parameters or as JSON text.
    """
    asked: dict[str, Any] = {}
    if call.switches.query_filters:
        asked.update({key: _parse_text(value) for key, value in call.request.query.items()})
    elif call.switches.query_page and "page" in call.request.query:
        asked["page"] = call.request.query["page"]
    if call.switches.body_filters:
        asked.update(call.request.fields)
    return asked


def _parse_text(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _page_number(value: object) -> int:
    text = str(value)
    return max(1, int(text)) if text.isdigit() and len(text) < 10 else 1
