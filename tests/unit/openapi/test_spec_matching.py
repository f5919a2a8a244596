"""Which operation answers a concrete path."""

import pytest

from contracts_runner.openapi.spec_matching import PathMatcher
from helpers.operations import make_operation

PATHS = [
    "/orders/{id}",
    "/orders/mine",
    "/orders/{id}/items",
    "/{kind}/mine/items",
    "/files/{name}.{ext}",
    "/files/{name}",
    "/a.b/{x}",
    "/мир/{x}",
    "/",
]
MATCHER = PathMatcher(make_operation(path=path, label=path) for path in PATHS)


@pytest.mark.parametrize(
    ("path", "template"),
    [
        ("/orders/12", "/orders/{id}"),
        ("/orders/mine", "/orders/mine"),
        ("/orders/mine/items", "/orders/{id}/items"),
        ("/events/mine/items", "/{kind}/mine/items"),
        ("/files/a.txt", "/files/{name}.{ext}"),
        ("/files/a", "/files/{name}"),
        ("/orders/a%2Fb", "/orders/{id}"),
        ("/orders/%D1%8F%20b", "/orders/{id}"),
        ("/%6Frders/12", "/orders/{id}"),
        ("/%D0%BC%D0%B8%D1%80/1", "/мир/{x}"),
        ("/", "/"),
    ],
)
def test_concrete_path_has_its_operation(path: str, template: str) -> None:
    found = MATCHER.match("GET", path)

    assert found is not None
    assert found.path == template


@pytest.mark.parametrize("path", ["/orders", "/orders/", "/orders/1/items/2", "/aXb/1", "", "/orders//items"])
def test_foreign_path_has_none(path: str) -> None:
    assert MATCHER.match("GET", path) is None


def test_other_method_has_none() -> None:
    assert MATCHER.match("POST", "/orders/12") is None


def test_template_is_found_as_it_is_written() -> None:
    found = MATCHER.find("GET", "/orders/{id}")

    assert found is not None
    assert MATCHER.find("GET", "/orders/{order_id}") is None
