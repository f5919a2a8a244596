"""A pipeline that we did not write, end to end: dlt loads a paged API; what it loses on the way is told in words."""

import importlib.util
import json
import re
import shutil
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from helpers.command import COLD, run_contracts
from helpers.servers import serve_wsgi

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(importlib.util.find_spec("dlt") is None, reason="dlt is not installed (tox -e py311 has it)"),
    pytest.mark.skipif(importlib.util.find_spec("chdb") is None, reason="no embedded ClickHouse on this platform"),
]

PROJECT = Path(__file__).parent / "dlt"
ITEMS: Mapping[str, Callable[[int], Mapping[str, object]]] = {
    "orders": lambda n: {"price": f"{n}.10", "changed": (datetime.now(UTC) - timedelta(minutes=n)).isoformat()},
    "short": lambda n: {},
    "visits": lambda n: {"left_at": None if n == 4 else "2026-11-01T10:00:00Z"},
    "replayed": lambda n: {"seats": n},
    "variants": lambda n: {"seats": "two" if n == 21 else n},
    "local": lambda n: {"begins": "2026-11-01T19:00:00"},
    "doubles": lambda n: {"total": "12345678901234.57" if n else "1234567890123456.78"},
}
LISTS = {name: [{"id": n, **build(n)} for n in range(25)] for name, build in ITEMS.items()}

# Each weakness is told by the check whose id begins with the name of its list.
TOLD = {
    "short": "3 items of listShort are not in short",
    "visits": "1 have another left_at",
    "visits.range": "1 of 25 rows have a left_at outside",
    "replayed": "25 keys occur more than once",
    "replayed.sum": "the sum of seats is 600, listReplayed has 300; 1 of 1 groups differ",
    "variants": "seats is empty in 1 of 25 rows",
    "variants.values": "1 have another seats",
    "variants:columns": "seats__v_text",
    "local": "25 have another begins",
    "doubles": "the sum of total is 1530864183753086.48, listDoubles has 1530864183753086.46",
    "doubles:columns": "total",
}


def serve(environ: Mapping[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
    """Answer a page of ten; the first request for the list `short` gets a part of it, and is told so by 206."""
    name, page = environ["PATH_INFO"].strip("/"), int(parse_qs(environ["QUERY_STRING"]).get("page", ["1"])[0])
    items = LISTS[name][(page - 1) * 10 : page * 10]
    is_cut = name == "short" and page == 1 and not environ["cut"]
    if is_cut:
        environ["cut"].append(page)
    body = json.dumps({"data": items[:7] if is_cut else items, "pages": 3}).encode()
    start("206 Partial Content" if is_cut else "200 OK", [("Content-Type", "application/json")])
    return [body]


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Mapping[str, Any]]:
    """Return the rows of the warehouse of one run, by their ids."""
    folder = tmp_path_factory.mktemp("dlt") / "project"
    shutil.copytree(PROJECT, folder)
    cut: list[int] = []
    with serve_wsgi(lambda environ, start: serve({**environ, "cut": cut}, start)) as url:
        finished = run_contracts("verify", "--output", "run", cwd=folder, SHOP_URL=url, **COLD)
    assert finished.code == 1, finished.stderr + finished.stdout
    return {row["id"]: row for row in finished.results["warehouse"]["checks"]}


@pytest.mark.parametrize("name", ["orders", "jobs"])
def test_what_it_does_well_passes(rows: Mapping[str, Mapping[str, Any]], name: str) -> None:
    found = {id: row["outcome"] for id, row in rows.items() if re.split(r"[.:]", id)[0] == name}

    assert len(found) == {"orders": 7, "jobs": 2}[name]
    assert set(found.values()) == {"passed"}, rows


@pytest.mark.parametrize("id", TOLD)
def test_what_it_loses_is_told(rows: Mapping[str, Mapping[str, Any]], id: str) -> None:
    assert rows[id]["outcome"] == "failed", rows[id]
    assert TOLD[id] in rows[id]["message"]
