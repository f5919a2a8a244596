"""Which requests write, by method and concrete address, in every spelling."""

import itertools
import json
from urllib.parse import urlsplit

import pytest

from contracts_runner.engine.effects import Effects
from contracts_runner.model.exchange import Request
from contracts_runner.model.spec import Effect
from contracts_runner.openapi.paths import parse_pairs
from helpers.operations import make_operation
from helpers.spellings import AT_CANCEL

WRITE, READ = Effect.WRITE, Effect.READ
# (method, template, effect); the operation is called as its template.
OPERATIONS = [
    ("GET", "/cancel/{id}", WRITE),
    ("GET", "/things", READ),
    ("GET", "/things/{id}", READ),
    ("GET", "/things/{id}/cancel", WRITE),
    ("GET", "/things/{id}:remove", WRITE),
    ("GET", "/things/purge", WRITE),
    ("GET", "/{kind}/latest", READ),
    ("GET", "/отмена/{id}", WRITE),
    ("GET", "/rpc?do=list", READ),
    ("GET", "/rpc?do=remove", WRITE),
    ("GET", "/rpc?undo={what}", WRITE),
    ("POST", "/search", READ),
    ("POST", "/search/{word}", READ),
    ("POST", "/{kind}", WRITE),
    ("GET", "/by-case", READ),
    ("GET", "/By-Case", WRITE),
    ("GET", "/page/", WRITE),
]
BASE = "https://api.example.com"


def make_effects(base_url: str = BASE) -> Effects:
    operations = (
        make_operation(label=path, method=each, path=path, effect=effect) for each, path, effect in OPERATIONS
    )
    return Effects(tuple(operations), base_url)


def find_writer(method: str, target: str, *, prefix: str = "", body: bytes | None = None, **headers: str) -> str:
    fields = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    request = Request(
        method=method, url=f"{BASE}{prefix}{target}", headers=fields, body=body, operation="asked", effect=READ
    )
    return make_effects(BASE + prefix).find_writer(request).removeprefix("asked, sent as ").removesuffix(",")


def test_an_address_is_judged_alike_whatever_was_asked_before() -> None:
    targets = [
        "/rpc?do=list",
        "/rpc?do=remove",
        "/rpc",
        "/things/1",
        "/things/purge",
        "/search?q=1",
        "/search",
        "/by-case",
    ]
    asked = list(itertools.product(["GET", "HEAD", "POST"], [*targets, *reversed(targets)]))
    effects = make_effects()

    found = [
        effects.find_writer_at(method, BASE + target, parse_pairs(urlsplit(target).query)) for method, target in asked
    ]

    assert found == [find_writer(method, target) for method, target in asked]
    assert "/rpc?do=remove" in found


@pytest.mark.parametrize("prefix", ["", "/v1", "/über uns"])
@pytest.mark.parametrize("path", AT_CANCEL)
def test_every_spelling_of_an_address_is_that_address(path: str, prefix: str) -> None:
    assert find_writer("GET", path, prefix=prefix) == find_writer("HEAD", path, prefix=prefix) == "/cancel/{id}"


SPELT = {
    ".": [".", "%2e"],
    "/": ["/", "//", "/./", "/x/../", "/x/%2E%2e/", "/;a/", "%2f", "%252F", "\\", "%5C"],
    "cancel": ["cancel", "CANCEL", "%63ancel", "%2563ancel", "cancel;v=1", "cancel%3Bv=1"],
    "end": ["", "/", "//", "/.", ";v=1", "/x/.."],
}


def test_spellings_of_parts_add_up() -> None:
    paths = [
        f"/{before}{name}{between}7{end}"
        for before, name, between, end in itertools.product(
            ["", "/", "./", "x/../"], SPELT["cancel"], SPELT["/"], SPELT["end"]
        )
    ]

    assert [path for path in paths if find_writer("GET", path) != "/cancel/{id}"] == []


@pytest.mark.parametrize(
    ("method", "target", "writer"),
    [
        ("GET", "/things/7", ""),
        ("HEAD", "/things/7", ""),
        ("GET", "/things/7%2Fcancel", "/things/{id}/cancel"),
        ("GET", "/things/7%2Fparts", ""),
        ("GET", "/things/..", ""),
        ("GET", "/things/%2E%2E", ""),
        ("GET", "/things/a.b", ""),
        # The closest template is meant, as OpenAPI says.
        ("GET", "/things/purge", "/things/purge"),
        ("GET", "/things/7:remove", "/things/{id}:remove"),
        ("GET", "/things/7:renew", ""),
        ("GET", "/things/latest", ""),
        ("GET", "/cancel/latest", "/cancel/{id}"),
        ("GET", "/other/latest", ""),
        ("GET", "/%D0%BE%D1%82%D0%BC%D0%B5%D0%BD%D0%B0/7", "/отмена/{id}"),
        ("GET", "/%d0%be%d1%82%d0%bc%d0%b5%d0%bd%d0%b0/7", "/отмена/{id}"),
        ("GET", "/cancel/", "/cancel/{id}"),
        ("GET", "/page", "/page/"),
        # A path with a query in it.
        ("GET", "/rpc?do=list", ""),
        ("GET", "/rpc?do=remove", "/rpc?do=remove"),
        ("GET", "/rpc?%64o=remov%65", "/rpc?do=remove"),
        ("GET", "/rpc?Do=REMOVE", "/rpc?do=remove"),
        ("GET", "/rpc?do=list&do=remove", "/rpc?do=remove"),
        ("GET", "/rpc?x=1&undo=anything", "/rpc?undo={what}"),
        ("GET", "/rpc?x=do&y=remove", ""),
        ("GET", "/rpc", ""),
        # What differs in case only is told apart where a service does, and taken for the worse where it may not.
        ("GET", "/by-case", ""),
        ("GET", "/By-Case", "/By-Case"),
        # A POST that reads, beside those that write.
        ("POST", "/search", ""),
        ("POST", "/search?q=%2F..%2Fthings", ""),
        ("POST", "/search/w%C3%B6rd", ""),
        ("POST", "/search/", ""),
        ("POST", "/Search", "/{kind}"),
        ("POST", "//search", "POST"),
        ("POST", "/search/x/..", "POST"),
        ("POST", "/things", "/{kind}"),
        ("POST", "/search/x%2F..%2F..%2Fthings", "/{kind}"),
        # What the spec does not have: the method says (RFC 9110 §9.2.1).
        ("GET", "/unknown", ""),
        ("HEAD", "/unknown", ""),
        ("OPTIONS", "/cancel/7", ""),
        ("TRACE", "/cancel/7", ""),
        ("POST", "/unknown/path/of/more", "POST"),
        ("DELETE", "/things/7", "DELETE"),
        ("PUT", "/search", "PUT"),
        ("get", "/things/7", "get"),
        ("QUERY", "/things", ""),
        ("PURGE", "/things", "PURGE"),
        ("CONNECT", "/things", "CONNECT"),
    ],
)
def test_method_and_address_decide(method: str, target: str, writer: str) -> None:
    assert find_writer(method, target) == writer


OVERRIDES = ["X-HTTP-Method-Override", "x-http-method", "X-METHOD-OVERRIDE", "X_HTTP_Method_Override", "_method"]


@pytest.mark.parametrize("name", OVERRIDES)
@pytest.mark.parametrize(
    ("value", "writer"), [("DELETE", "DELETE"), ("delete", "DELETE"), ("", "another method"), ("GET, PUT", "GET, PUT")]
)
@pytest.mark.parametrize(("method", "target"), [("GET", "/things/7"), ("POST", "/search")])
def test_a_method_in_place_of_the_method_counts_wherever_it_stands(
    method: str, target: str, name: str, value: str, writer: str
) -> None:
    part = f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n--b--\r\n'
    found = {
        "header": find_writer(method, target, **{name: value}),
        "query": find_writer(method, f"{target}?a=1&{name}={value}"),
        "query by semicolon": find_writer(method, f"{target}?a=1;{name}={value}"),
        "form": find_writer(method, target, body=f"a=1&%{ord(name[0]):x}{name[1:]}={value}".encode()),
        "JSON": find_writer(method, target, body=json.dumps({"a": 1, name: value}).encode()),
        "escaped JSON": find_writer(method, target, body=f'{{"\\u{ord(name[0]):04x}{name[1:]}": "{value}"}}'.encode()),
    }

    assert set(found.values()) == {writer}
    # The value of a part is not looked at.
    assert find_writer(method, target, body=part.encode()) == "another method"


@pytest.mark.parametrize("name", OVERRIDES)
def test_a_reading_method_in_place_of_the_method_is_no_write(name: str) -> None:
    assert find_writer("POST", "/search", **{name: "GET"}) == ""
    assert find_writer("GET", "/cancel/7", **{name: "GET"}) == "/cancel/{id}"


@pytest.mark.parametrize(
    "body",
    [
        *(b"{", b"\xff\xfe", b"[1]", b"my_method=DELETE", b'{"a": {"_method": "DELETE"}}', b"[" * 100_000),
        b"name*=" * 300_000,  # hours, if each looked at all that follow
    ],
    ids=["broken", "a mark", "a list", "another name", "within", "deep", "parts without ends"],
)
def test_other_bodies_ask_for_no_method(body: bytes) -> None:
    assert find_writer("POST", "/search", body=body) == ""


def test_what_a_request_is_asked_to_do_counts_whatever_its_address() -> None:
    request = Request(method="GET", url=f"{BASE}/anything", operation="cancel", effect=WRITE)

    assert Effects(()).find_writer(request) == "cancel"


def test_an_address_that_nobody_would_serve_is_not_looked_at() -> None:
    assert find_writer("GET", "/things/%" + "25" * 4_000) == ""
    assert find_writer("GET", "/things/%" + "25" * 200_000) == "GET to an address of 400009 characters"


def test_an_address_is_judged_by_the_operations_of_its_own_service() -> None:
    files = f"{BASE.replace('api', 'files')}/v2"
    operations = (
        make_operation(label="find", method="POST", path="/find", effect=READ),
        make_operation(label="drop", method="GET", path="/drop", effect=WRITE, base_url=files),
    )
    effects = Effects(operations, BASE)

    found = {
        (method, url): effects.find_writer_at(method, url)
        for method, url in [
            ("POST", f"{BASE}/find"),
            ("POST", f"{files}/find"),
            ("GET", f"{BASE}/drop"),
            ("GET", f"{BASE}/v2/drop"),
            ("GET", f"{files}/drop"),
            ("GET", f"{files.upper()}/drop"),
        ]
    }

    assert list(found.values()) == ["", "POST", "", "", "drop", "drop"]
