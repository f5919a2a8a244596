"""Postman collections 2.1: folders, variables, authorization, bodies; scripts are told."""

import base64
from typing import Any

import pytest

from contracts_runner.maintenance.importing.foreign_requests import (
    ForeignFileError,
    ForeignPart,
    ForeignRequest,
    mark_open,
)
from contracts_runner.maintenance.importing.postman_items import is_collection, is_environment, read_collection
from contracts_runner.maintenance.importing.postman_items import read_environment_file as read_environment

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def make_collection(*items: Any, **more: Any) -> dict[str, Any]:
    return {"info": {"name": "Shop", "schema": SCHEMA}, "item": list(items), **more}


def make_item(name: str = "One", url: Any = "https://a.example.com/x", **more: Any) -> dict[str, Any]:
    return {"name": name, "request": {"method": "GET", "header": [], "url": url, **more}}


def read(collection: dict[str, Any], **environment: str) -> list[ForeignRequest]:
    return read_collection(collection, "shop.json", environment).requests


def test_requests_of_a_folder_are_one_scenario_and_have_their_path() -> None:
    inner = {"name": "Admin", "item": [make_item("A"), make_item("B")]}

    found = read(make_collection(make_item("Top"), {"name": "Orders", "item": [inner]}))

    assert [(each.where, each.group, each.title) for each in found] == [
        ("shop.json: Top", "shop.json", "Top"),
        ("shop.json: Orders / Admin / A", "shop.json / Orders / Admin", "A"),
        ("shop.json: Orders / Admin / B", "shop.json / Orders / Admin", "B"),
    ]


def test_variables_of_the_environment_come_before_those_of_the_collection() -> None:
    variables = [
        {"key": "host", "value": "b.example.com"},
        {"key": "base", "value": "https://{{host}}"},
        {"key": "n", "value": 5},
    ]
    item = make_item(url="{{base}}/x/{{n}}/{{unset}}", header=[{"key": "X-{{n}}", "value": "{{$guid}}"}])

    (request,) = read(make_collection(item, variable=variables), host="c.example.com")

    assert request.url == f"https://c.example.com/x/5/{mark_open('unset')}"
    assert request.headers == (("X-5", mark_open("uuid")),)


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://a.example.com/x?a=1", "https://a.example.com/x?a=1"),
        ({"raw": "https://a.example.com/x"}, "https://a.example.com/x"),
        (
            {
                "protocol": "https",
                "host": ["a", "example", "com"],
                "port": "8443",
                "path": ["x", ":id", "y"],
                "query": [{"key": "a", "value": "1"}, {"key": "b", "value": "2", "disabled": True}, {"key": "c"}],
                "variable": [{"key": "id", "value": "7/8"}],
            },
            "https://a.example.com:8443/x/7%2F8/y?a=1&c",
        ),
        ({"host": ["{{base}}"], "path": ["x"]}, f"{mark_open('base')}/x"),
        ({"host": "https://a.example.com", "path": "x/y"}, "https://a.example.com/x/y"),
    ],
)
def test_urls(url: Any, sent: str) -> None:
    assert [each.url for each in read(make_collection(make_item(url=url)))] == [sent]


BASIC = "Basic " + base64.b64encode(b"me:word").decode()


@pytest.mark.parametrize(
    ("auth", "header", "query"),
    [
        ({"type": "bearer", "bearer": [{"key": "token", "value": "abc"}]}, ("Authorization", "Bearer abc"), ""),
        (
            {"type": "basic", "basic": [{"key": "username", "value": "me"}, {"key": "password", "value": "word"}]},
            ("Authorization", BASIC),
            "",
        ),
        (
            {"type": "apikey", "apikey": [{"key": "key", "value": "X-Key"}, {"key": "value", "value": "k"}]},
            ("X-Key", "k"),
            "",
        ),
        ({"type": "apikey", "apikey": {"key": "key", "value": "k", "in": "query"}}, None, "?key=k"),
        ({"type": "oauth2", "oauth2": [{"key": "accessToken", "value": "t"}]}, ("Authorization", "Bearer t"), ""),
        ({"type": "noauth"}, None, ""),
    ],
)
def test_authorization_is_that_of_the_request_else_of_what_it_is_in(auth: Any, header: Any, query: str) -> None:
    other = {"type": "bearer", "bearer": [{"key": "token", "value": "other"}]}
    collections = [
        make_collection(make_item(auth=auth), auth=other),
        make_collection({"name": "F", "item": [make_item()], "auth": auth}, auth=other),
        make_collection(make_item(), auth=auth),
    ]

    for collection in collections:
        (request,) = read(collection)
        assert request.headers == ((header,) if header else ())
        assert request.url == f"https://a.example.com/x{query}"


@pytest.mark.parametrize(
    ("body", "media_type", "sent"),
    [
        (
            {"mode": "raw", "raw": '{"a": {{n}}}', "options": {"raw": {"language": "json"}}},
            "application/json",
            b'{"a": 5}',
        ),
        ({"mode": "raw", "raw": "hi"}, "text/plain", b"hi"),
        (
            {"mode": "urlencoded", "urlencoded": [{"key": "a b", "value": "1&2"}, {"key": "c", "disabled": True}]},
            "application/x-www-form-urlencoded",
            b"a+b=1%262",
        ),
        (
            {"mode": "graphql", "graphql": {"query": "{a}", "variables": '{"b": 1}'}},
            "application/json",
            b'{"query": "{a}", "variables": {"b": 1}}',
        ),
        ({"mode": "raw", "raw": "hi", "disabled": True}, "", None),
        ({}, "", None),
    ],
)
def test_bodies(body: Any, media_type: str, sent: bytes | None) -> None:
    (request,) = read(make_collection(make_item(body=body)), n="5")

    assert (request.find_header("content-type"), request.body) == (media_type, sent)


def test_parts_and_files() -> None:
    data = [
        {"key": "a", "value": "1"},
        {"key": "f", "type": "file", "src": ["/home/x.png"], "contentType": "image/png"},
    ]
    items = [
        make_item(body={"mode": "formdata", "formdata": data}),
        make_item(body={"mode": "file", "file": {"src": "x.bin"}}),
    ]

    parts, file = read(make_collection(*items))

    assert parts.parts == (
        ForeignPart(name="a", content=b"1"),
        ForeignPart(name="f", path="/home/x.png", filename="x.png", media_type="image/png"),
    )
    assert file.body_path == "x.bin"


def test_scripts_and_what_postman_makes_up_are_told() -> None:
    script = {"listen": "prerequest", "script": {"exec": ["a();", "b();"]}}
    empty = {"listen": "test", "script": {"exec": [""]}}
    item = {**make_item(url="https://a.example.com/{{$randomCity}}"), "event": [script, empty]}

    found = read_collection(make_collection(item, event=[{"listen": "test", "script": {"exec": "c()"}}]), "s.json", {})

    assert found.notes == [
        "s.json: the collection: a script that tests the answer (1 line) is not carried over",
        "s.json: One: a script before the request (2 lines) is not carried over",
    ]
    assert found.requests[0].lost == ("the value that Postman makes up for {{$randomCity}}",)


def test_an_environment_has_its_variables_and_its_secrets() -> None:
    values = [
        {"key": "a", "value": "1", "enabled": True},
        {"key": "b", "value": "2", "enabled": False},
        {"key": "token", "value": "abc", "type": "secret"},
    ]

    environment = read_environment({"name": "E", "values": values})

    assert (environment.values, environment.secrets) == ({"a": "1", "token": "abc"}, ("abc",))


def test_another_version_is_refused() -> None:
    collection = make_collection() | {"info": {"schema": SCHEMA.replace("v2.1.0", "v1.0.0")}}

    with pytest.raises(ForeignFileError, match=r"shop\.json is a collection of another version than 2\.1; export it"):
        read(collection)


def test_variables_that_name_themselves_end() -> None:
    (request,) = read(make_collection(make_item(url="https://a.example.com/{{a}}")), a="{{a}}{{a}}{{a}}{{a}}{{a}}{{a}}")

    assert len(request.url) <= 1 << 20


ODD: list[Any] = [None, 1, "x", [], {}, [1], [None], {"a": None}, True, [{"key": 1, "value": []}], [{}]]


@pytest.mark.parametrize("key", ["request", "event", "name", "auth", "item", "variable", "info"])
def test_odd_members_are_no_fault(key: str) -> None:
    for odd in ODD:
        assert not is_collection(odd)
        assert not is_environment(odd)
        read(make_collection({**make_item(), key: odd}))
        if is_collection(changed := {**make_collection(make_item()), key: odd}):
            read(changed)


@pytest.mark.parametrize("key", ["method", "header", "url", "body", "auth"])
def test_odd_members_of_a_request_are_no_fault(key: str) -> None:
    found = read(make_collection(*(make_item(**{"url": "x", key: odd}) for odd in ODD)))

    assert len(found) == len(ODD)
    assert all(each.where.startswith("shop.json") for each in found)


@pytest.mark.parametrize("mode", ["raw", "urlencoded", "formdata", "file", "graphql"])
def test_odd_bodies_are_no_fault(mode: str) -> None:
    found = read(make_collection(*(make_item(body={"mode": mode, mode: odd}) for odd in ODD)))

    assert len(found) == len(ODD)
