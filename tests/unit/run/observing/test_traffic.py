"""Sorted traffic: which entry is of which operation, at which addresses, and why others are left out."""

from pathlib import Path
from typing import Any

import pytest

from contracts_runner.errors import ProjectError, SourceLocation
from contracts_runner.model.environment import Environment, SandboxApp
from contracts_runner.results.traffic_rows import LeftOut
from contracts_runner.run.observing.har_files import read_har_file
from contracts_runner.run.observing.traffic import Places, Traffic, count_origins, read_entries, sort_traffic
from helpers.recorded_traffic import make_entry, write_har
from helpers.specs import load_document, make_answer, make_document

HERE = SourceLocation("contracts.yaml", 1)
SHOP = Environment(name="shop", base_url="https://shop.example.com/api", location=HERE)
APP = SandboxApp(app="x:y", options={}, location=HERE)
TWIN = Environment(name="twin", base_url=None, sandbox=APP, location=HERE)
NEAR = Environment(name="near", base_url="http://127.0.0.1:8000/api", location=HERE)
OPERATION = {"operationId": "getThing", "responses": {"200": make_answer({"type": "object"})}}
DOCUMENT = make_document(
    servers=[{"url": "https://things.example.com/v1"}],
    components={"securitySchemes": {"key": {"type": "apiKey", "in": "query", "name": "k"}}},
    security=[{"key": []}],
    paths={
        "/things/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}],
            "get": OPERATION,
        },
        "/things/new": {"get": {**OPERATION, "operationId": "newThing"}},
    },
)


def sort(folder: Path, *entries: Any, environment: Environment = SHOP) -> Traffic:
    spec = load_document(folder, DOCUMENT)
    read = read_entries([read_har_file(write_har(folder / "a.har", entries))])
    return sort_traffic(read, {spec.key: spec}, Places.find(environment, {spec.key: spec}))


def list_taken(traffic: Traffic) -> dict[str, list[str]]:
    return {operation: [each.name for each in taken] for (_, operation), taken in traffic.taken.items()}


@pytest.mark.parametrize(
    ("environment", "url", "is_taken"),
    [
        (SHOP, "https://shop.example.com/api/things/1", True),
        (SHOP, "HTTPS://SHOP.example.com:443/api/things/1?x=1#y", True),
        (SHOP, "https://things.example.com/v1/things/1", True),
        (SHOP, "https://shop.example.com/things/1", False),
        (SHOP, "http://shop.example.com/api/things/1", False),
        (SHOP, "http://127.0.0.1:5000/api/things/1", False),
        (TWIN, "http://127.0.0.1:5000/things/1", True),
        (TWIN, "http://localhost:5000/things/1", True),
        (TWIN, "https://things.example.com/v1/things/1", False),
        (NEAR, "http://[::1]:5000/api/things/1", False),
    ],
    ids=lambda each: each.name if isinstance(each, Environment) else str(each),
)
def test_only_what_went_to_the_environment_is_judged(
    tmp_path: Path, environment: Environment, url: str, is_taken: bool
) -> None:
    traffic = sort(tmp_path, make_entry(url), environment=environment)

    assert bool(traffic.taken) is is_taken
    left_out = {} if is_taken else {LeftOut.ELSEWHERE.value: 1}
    assert (traffic.files[0].judged, traffic.files[0].left_out) == (int(is_taken), left_out)


def test_an_entry_is_of_the_operation_that_a_run_would_reach(tmp_path: Path) -> None:
    url = "https://shop.example.com/api/things/"

    traffic = sort(tmp_path, *(make_entry(url + name) for name in ("1", "new", "2")))

    assert list_taken(traffic) == {"getThing": ["entry 1", "entry 3"], "newThing": ["entry 2"]}


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        (make_entry("https://shop.example.com/api/things/1", status=304), LeftOut.CACHED),
        (
            make_entry(
                "https://shop.example.com/api/things/1",
                method="OPTIONS",
                request={
                    "method": "OPTIONS",
                    "url": "https://shop.example.com/api/things/1",
                    "headers": [{"name": "access-control-request-method", "value": "GET"}],
                },
            ),
            LeftOut.PREFLIGHT,
        ),
        (make_entry("https://shop.example.com/api/app.css", mime="text/css"), LeftOut.PAGE),
        (make_entry("https://shop.example.com/api/x", _resourceType="script"), LeftOut.PAGE),
        (make_entry("https://shop.example.com/api/x", mime="text/html", status=404), LeftOut.UNKNOWN),
        (make_entry("https://shop.example.com/api/x", mime="text/html", _resourceType="xhr"), LeftOut.UNKNOWN),
    ],
    ids=["304", "preflight", "style", "script", "html 404", "xhr"],
)
def test_what_is_left_out_is_counted_with_its_reason(tmp_path: Path, entry: Any, why: LeftOut) -> None:
    assert sort(tmp_path, entry).files[0].left_out == {why.value: 1}


def test_of_an_unknown_route_the_nearest_operation_is_told_and_no_value(tmp_path: Path) -> None:
    url = "https://shop.example.com/api/v2/things/user@example.com"

    traffic = sort(
        tmp_path,
        make_entry(url),
        make_entry(url + "1"),
        make_entry("https://shop.example.com/api/else/7"),
        make_entry("https://shop.example.com/api/re-set/abcdefghijklmnopqrstuv"),
    )

    assert {label: each.reason for label, each in traffic.unknown.items()} == {
        "GET /v2/things/{}": "no such operation; the document has GET /things/{id}",
        "GET /else/{}": "no such operation, and none that comes near",
        "GET /re-set/{}": "no such operation, and none that comes near",
    }
    assert traffic.files[0].left_out == {LeftOut.UNKNOWN.value: 4}


def test_what_requests_carried_is_a_secret(tmp_path: Path) -> None:
    entry = make_entry("https://shop.example.com/api/things/1?k=very%20secret")
    entry["request"]["headers"] = [{"name": "Cookie", "value": "sid=session-1; lang=en"}]

    assert list(sort(tmp_path, entry).secrets) == ["very secret", "session-1"]


def test_all_entries_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    path = write_har(tmp_path / "a.har", [{}, make_entry("https://shop.example.com/api/things/1"), {"request": {}}])

    with pytest.raises(ProjectError) as caught:
        read_entries([read_har_file(path)])

    assert [str(each).replace(str(tmp_path), "") for each in caught.value.problems] == [
        "/a.har:2: entry 1 has no method or no URL; leave the entry out, or record it again",
        "/a.har:4: entry 3 has no method or no URL; leave the entry out, or record it again",
    ]


def test_addresses_are_those_of_requests_of_http(tmp_path: Path) -> None:
    urls = ["https://a.example.com/x", "https://a.example.com:443/y", "data:,x", "wss://a.example.com/", "http://[bad"]
    path = write_har(tmp_path / "a.har", map(make_entry, urls))

    assert +count_origins(read_entries([read_har_file(path)])) == {"https://a.example.com": 2}
