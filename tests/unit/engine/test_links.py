"""A link leads to its operation's path on an address that the environment names, or it is not sent."""

from typing import Any

import pytest

from contracts_runner.engine.links import Link, resolve_link
from contracts_runner.engine.styles import UnsendableError
from helpers.operations import make_operation

BASE, FILES = "https://api.example.com/v1", "https://files.example.com:8443"
THING = make_operation(label="getThing", path="/things/{id}")
LATEST = make_operation(label="getLatest", path="/things/latest")
RPC = make_operation(label="rpc", path="/rpc?do=list")
FILE = make_operation(label="getFile", path="/files/{id}", base_url=FILES)
OPERATIONS = [THING, LATEST, RPC, FILE]


def resolve(link: Any, operation: Any = THING, *, base_url: str = BASE) -> Link:
    return resolve_link(link, operation, operations=OPERATIONS, base_url=base_url, addresses=[base_url, FILES])


@pytest.mark.parametrize(
    ("link", "operation", "url"),
    [
        (f"{BASE}/things/7", THING, f"{BASE}/things/7"),
        ("HTTPS://API.example.com:443/v1/things/7?a=1&b", THING, "https://API.example.com:443/v1/things/7?a=1&b"),
        ("/v1/things/7?page=2", THING, f"{BASE}/things/7?page=2"),
        ("things/7", THING, f"{BASE}/things/7"),
        ("//api.example.com/v1/things/7#part", THING, f"{BASE}/things/7"),
        ("things/вещь", THING, f"{BASE}/things/%D0%B2%D0%B5%D1%89%D1%8C"),
        ("things/a%20b", THING, f"{BASE}/things/a%20b"),
        ("things/latest", LATEST, f"{BASE}/things/latest"),
        ("rpc?do=list&page=2", RPC, f"{BASE}/rpc?do=list&page=2"),
        ("files/7", FILE, f"{FILES}/files/7"),
    ],
)
def test_a_link_to_the_operation_leads_there(link: str, operation: Any, url: str) -> None:
    assert resolve(link, operation) == Link(url, operation.find_base_url(BASE), is_at_home=True)


@pytest.mark.parametrize("address", [FILES, "https://api.example.com/bank"])
def test_a_link_to_another_named_address_is_not_at_home(address: str) -> None:
    url = f"{address}/things/7"

    found = resolve_link(url, THING, operations=OPERATIONS, base_url=BASE, addresses=[BASE, address])

    assert found == Link(url, address, is_at_home=False)


@pytest.mark.parametrize("link", [None, "", "  ", 5, True, ["a"], {"href": "/v1/things/7"}])
def test_what_is_no_link_is_an_error(link: Any) -> None:
    with pytest.raises(UnsendableError, match=r"the link is (null|empty|no text)"):
        resolve(link)


@pytest.mark.parametrize(
    ("link", "says"),
    [
        ("https://evil.example/v1/things/7", "an address that the environment does not name"),
        ("http://api.example.com/v1/things/7", "an address that the environment does not name"),
        ("https://api.example.com:8443/v1/things/7", "an address that the environment does not name"),
        ("//evil.example/v1/things/7", "an address that the environment does not name"),
        ("https://api.example.com.evil.example/v1/things/7", "an address that the environment does not name"),
        ("https://api.example.com@evil.example/v1/things/7", "a user or a password"),
        ("https://user:secret@api.example.com/v1/things/7", "a user or a password"),
        ("javascript:alert(1)", "an address that the environment does not name"),
        ("https://api.example.com:x/v1/things/7", "is no URL"),
        ("/things/7", "does not lead to the path of getThing, /things/{id}"),
        ("/v1/admin/drop", "does not lead to the path of getThing"),
        ("things/7/parts", "does not lead to the path of getThing"),
        ("things/latest", "does not lead to the path of getThing"),
        ("Things/7", "does not lead to the path of getThing"),
        ("things/", "does not lead to the path of getThing"),
        ("?page=2", "does not lead to the path of getThing"),
        ("https://api.example.com/v1/things/../admin", "not written plainly"),
        ("https://api.example.com/v1/things/%2e%2e", "not written plainly"),
        ("things/..%2fadmin", "not written plainly"),
        ("things/7 8", "a blank or another character"),
        ("things/7\r\nHost: evil.example", "a blank or another character"),
        ("things\\7", "a blank or another character"),
    ],
)
def test_a_link_to_anything_else_is_an_error(link: str, says: str) -> None:
    with pytest.raises(UnsendableError, match=says):
        resolve(link)
