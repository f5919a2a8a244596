"""A shop whose API gives its orders page by page, over real sockets, and a table that holds them: without a fault."""

import json
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from contracts_runner.engine.paging import ApiPages
from contracts_runner.evidence.artifacts import WrittenArtifact
from contracts_runner.model.environment import Environment
from contracts_runner.model.warehouse_values import Holding
from contracts_runner.run.connections import open_transport
from helpers.engine import FakeClock
from helpers.operations import HERE
from helpers.servers import serve_raw
from helpers.specs import load_document, make_document
from helpers.warehouse_desk import Desk, collect_rows, make_redactor, make_warehouse_check

SIZE = 3
COUNT = 8
# Column -> its type, the JSONPath of its value in an item, and the value of order `n` as SQL.
COLUMNS: Mapping[str, tuple[str, str, str]] = {
    "id": ("UInt64", "$.id", "{n}"),
    "code": ("String", "$.code", "'00{n}'"),
    "name": ("String", "$.name", "'Ёлка №{n}'"),
    "paid": ("Bool", "$.paid", "{n} % 2 = 1"),
    "flag": ("String", "$.flag", "if({n} % 2 = 1, 'true', 'false')"),
    "amount": ("Decimal(18, 3)", "$.amount", "toDecimal64('{n}.125', 3)"),
    "ratio": ("Float64", "$.ratio", "{n} / 10"),
    "zero": ("Float64", "$.zero", "0"),
    "big": ("Int64", "$.big", "9007199254740992 + {n}"),
    "at": ("DateTime64(6, 'UTC')", "$.at", "toDateTime64('2026-03-0{n} 10:15:00.123456', 6, 'UTC')"),
    "wall": ("DateTime", "$.wall", "toDateTime('2026-03-0{n} 13:15:00')"),
    "day": ("Date", "$.day", "toDate('2026-03-0{n}')"),
    "ms": ("Int64", "$.ms", "1772359200000 + {n}"),
    "status": ("Enum8('new' = 1, 'paid' = 2)", "$.status", "if({n} % 2 = 1, 'paid', 'new')"),
    "tags": ("Array(String)", "$.tags", "['a', 'b{n}']"),
    "props": ("Map(String, String)", "$.props", "map('k', 'v{n}', 'l', 'w')"),
    "place": ("Tuple(city String, zip String)", "$.place", "('msk', '00{n}')"),
    "uuid": ("UUID", "$.uuid", "toUUID('00000000-0000-4000-8000-abcdef00000{n}')"),
    "ip": ("IPv6", "$.ip", "toIPv6('2001:db8::{n}')"),
    "note": ("Nullable(String)", "$.note", "CAST(NULL, 'Nullable(String)')"),
    "left": ("Nullable(Int32)", "$.left", "CAST(NULL, 'Nullable(Int32)')"),
}
HELD = {"ms": Holding(time="unix_ms")}


def make_item(n: int) -> dict[str, Any]:
    """Return an order as the API writes it."""
    return {
        "id": n,
        "code": f"00{n}",
        "name": f"Ёлка №{n}",
        "paid": n % 2 == 1,
        "flag": n % 2 == 1,
        "amount": f"{n}.125",
        "ratio": n / 10,
        "zero": 0.0,
        "big": 9007199254740992 + n,
        "at": f"2026-03-0{n}T10:15:00.123456Z",
        "wall": f"2026-03-0{n}T13:15:00",
        "day": f"2026-03-0{n}",
        "ms": f"2026-03-01T10:00:00.00{n}Z",
        "status": "paid" if n % 2 else "new",
        "tags": ["a", f"b{n}"],
        "props": {"k": f"v{n}", "l": "w"},
        "place": {"city": "msk", "zip": f"00{n}"},
        "uuid": f"00000000-0000-4000-8000-abcdef00000{n}",
        "ip": f"2001:db8::{n}",
        "note": None,
        "left": None,
    }


def make_row(n: int) -> dict[str, str]:
    """Return an order as the table holds it, as SQL by column."""
    return {column: sql.replace("{n}", str(n)) for column, (_, _, sql) in COLUMNS.items()}


def write(body: Any, *, status: int = 200, media_type: str = "application/json", **headers: str) -> bytes:
    """Return a whole response; a text or bytes as they are, anything else as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {media_type}", f"Content-Length: {len(content)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


@dataclass
class Shop:
    """What the API gives and what the table holds, for a fault to spoil.

    `style` is how the listing is walked; `lists` are its pages, made of `items` where it is None; `answers` replaces
    what is answered for a page, by its index; `says` are members beside the list.
    """

    items: list[dict[str, Any]] = field(default_factory=lambda: [make_item(n) for n in range(1, COUNT + 1)])
    rows: list[dict[str, str]] = field(default_factory=lambda: [make_row(n) for n in range(1, COUNT + 1)])
    style: str = "page"
    rows_path: str = "$.data[*]"
    lists: list[list[Any]] | None = None
    total: Callable[[int], Any] | None = None  # by the index of the page
    says: Callable[[int], Mapping[str, Any]] = lambda _: {}
    headers: Mapping[str, str] = field(default_factory=dict)
    answers: dict[int, list[bytes]] = field(default_factory=dict)
    next: Callable[[int], Any] | None = None
    encode: Callable[[Any], bytes] = lambda body: json.dumps(body, ensure_ascii=False).encode()
    asks: dict[str, Any] = field(default_factory=dict)  # of both checks
    options: dict[str, Any] = field(default_factory=dict)  # of reconcile alone

    def lose(self, *numbers: int) -> None:
        """Let API and table lack orders, as where a loader saw no more than we do."""
        self.items = [item for item in self.items if item["id"] not in numbers]
        self.lose_rows(*numbers)

    def lose_rows(self, *numbers: int) -> None:
        """Let the table alone lack orders."""
        self.rows = [row for row in self.rows if int(row["id"]) not in numbers]

    @property
    def pages(self) -> list[list[Any]]:
        """The lists of the pages."""
        return self.lists or [self.items[at : at + SIZE] for at in range(0, len(self.items), SIZE)]

    def answer(self, request: bytes) -> bytes:
        """Return the response to a request."""
        url = urlsplit(request.split(b" ", 2)[1].decode())
        asked = dict(parse_qsl(url.query))
        if url.path.startswith("/orders/"):
            number = int(url.path.rpartition("/")[2])
            prepared = self.answers.get(number)
            return prepared.pop(0) if prepared else write({"data": [i for i in self.items if i["id"] == number]})
        index = self._find_index(asked)
        if self.answers.get(index):
            return self.answers[index].pop(0)
        pages = self.pages
        page = pages[index] if index < len(pages) else []
        total = self.total(index) if self.total else COUNT
        body = {"data": page, "total": total, "pages": -(-COUNT // SIZE), **self.says(index)}
        headers = {"X_Items": str(total), **self.headers}
        if self.style in ("cursor", "link"):
            more = index + 1 < len(pages)
            following = self.next(index) if self.next else (f"c{index + 1}" if more else None)
            if self.style == "link" and not self.next:
                following = following and f"/link?at={following}"
            body["next"] = following
        return write(self.encode(body), **headers)

    def _find_index(self, asked: Mapping[str, str]) -> int:
        at = asked.get("at")
        if at is None:
            return 0
        match self.style:
            case "offset":
                lengths = [sum(map(len, self.pages[:number])) for number in range(len(self.pages))]
                return lengths.index(int(at)) if int(at) in lengths else len(self.pages)
            case "cursor" | "link":
                return int(at.lstrip("cx"))
        return int(at) - (self.style != "zero")


AT = [{"name": "at", "in": "query", "schema": {}}]
PAGING: Mapping[str, Mapping[str, Any] | None] = {
    "page": {"in": "query", "name": "at", "total": "$.total"},
    "zero": {"in": "query", "name": "at", "start": 0, "total": "$.total"},
    "pages": {"in": "query", "name": "at", "total": {"pages": "$.pages"}},
    "header": {"in": "query", "name": "at", "total": {"header": "X-Items"}},
    "empty": {"in": "query", "name": "at"},
    "more": {"in": "query", "name": "at", "more": "$.more"},
    "offset": {"style": "offset", "in": "query", "name": "at", "total": "$.total"},
    "cursor": {"style": "cursor", "in": "query", "name": "at", "next": "$.next"},
    "link": {"style": "link", "next": "$.next"},
    "whole": None,
}
ORDER = {"type": "object", "properties": {"id": {"type": ["integer", "null"]}, "name": {"type": "string"}}}
LIST = {"type": "object", "required": ["data"], "properties": {"data": {"items": ORDER}}}
RESPONSES = {"200": {"description": "Orders.", "content": {"application/json": {"schema": LIST}}}}
DOCUMENT = make_document(
    paths={
        **{
            f"/{style}": {
                "get": {
                    "operationId": style,
                    "parameters": AT,
                    "responses": RESPONSES,
                    **({"x-paging": paging} if paging else {}),
                }
            }
            for style, paging in PAGING.items()
        },
        "/orders/{id}": {
            "get": {
                "operationId": "one",
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {}}],
                "responses": RESPONSES,
            }
        },
    },
    **{"x-success": {"not": {"properties": {"status": {"const": "error"}}, "required": ["status"]}}},
)


@dataclass(frozen=True)
class PagedApi:
    """The server, and the API as the warehouse phase reads it; `serve` chooses the shop that answers."""

    shops: list[Shop]
    open: Callable[[], ApiPages]


@contextmanager
def serve_shops(folder: Path) -> Iterator[PagedApi]:
    """Serve shops, one after another, over real sockets; no pause that a service asks for takes time."""
    spec = load_document(folder, DOCUMENT)
    shops: list[Shop] = []

    def handle(connection: socket.socket, request: bytes) -> None:
        answer = shops[-1].answer(request)
        connection.sendall(answer)
        if b"Connection: close" in answer:
            connection.shutdown(socket.SHUT_RDWR)

    with serve_raw(handle) as server:
        environment = Environment(name="here", base_url=server.base_url, location=HERE)
        with open_transport(environment, server.base_url, [spec]) as transport:
            yield PagedApi(
                shops,
                lambda: ApiPages(
                    spec=spec,
                    environment=environment,
                    base_url=server.base_url,
                    transport=transport,
                    headers={},
                    redactor=make_redactor(),
                    clock=FakeClock(),
                    write_artifact=lambda operation, number, page, _: WrittenArtifact(f"{number}", "0" * 64),
                    emit=lambda _: None,
                ),
            )


def check_shop(
    desk: Desk, api: PagedApi, shop: Shop, columns: Sequence[str] = tuple(COLUMNS)
) -> list[Mapping[str, Any]]:
    """Fill a table with these columns, ask the API, and return the rows of the two checks."""
    types = ", ".join(f"{name} {COLUMNS[name][0]}" for name in columns)
    desk.run(f"CREATE TABLE DB.orders ({types}) ENGINE = MergeTree ORDER BY tuple()")
    if rows := [", ".join(row[name] for name in columns) for row in shop.rows]:
        desk.run(f"INSERT INTO DB.orders SELECT {' UNION ALL SELECT '.join(rows)}")
    asks = {"operation": shop.style, "rows": shop.rows_path, **shop.asks}
    compare = {name: COLUMNS[name][1] for name in columns if name != "id"}
    reconcile = {**asks, **shop.options, "key": "$.id", "column": "id", "compare": compare, "timezone": "Europe/Moscow"}
    total = {**asks, "column": "amount", "value": "$.amount", "by": ["status"]}
    api.shops.append(shop)
    with api.open() as source:
        checks = make_warehouse_check("reconcile", reconcile), make_warehouse_check("sum_equals", total)
        types_told = {(None, "orders"): {name: held for name, held in HELD.items() if name in columns}}
        return collect_rows(desk.phase(*(replace(check, types=types_told) for check in checks)), source)
